import { JOB_ERROR_CODES, JobError, type JobErrorCode } from "@semblance/shared/job/job-error";
import { type Job, UnrecoverableError } from "bullmq";
import { CanceledError, SandboxError } from "../sandbox/sandbox-error.ts";

/** How often a job is tried in all, the first attempt included. */
export interface RetryLimits {
  /** When its attempts crash. */
  jobAttempts: number;
  /** When they time out. */
  timeoutAttempts: number;
}

interface RetryRule {
  attemptsMax: (limits: RetryLimits) => number;
  why: string;
}

/** Which failures are worth another attempt, all of them decided here. */
export const retryRules = {
  timed_out: {
    attemptsMax: ({ timeoutAttempts }) => timeoutAttempts,
    why: "Scoring is deterministic: the next attempt would take as long. A shared machine may deserve a second one.",
  },
  crashed: {
    attemptsMax: ({ jobAttempts }) => jobAttempts,
    why: "The thread died of something that is not known to be the job's own doing.",
  },
  out_of_memory: {
    attemptsMax: ({ jobAttempts }) => jobAttempts,
    why: "What an earlier job left in the heap may have tipped it over; the next attempt has a fresh thread.",
  },
  internal: {
    attemptsMax: ({ jobAttempts }) => jobAttempts,
    why: "Most of what is not foreseen passes: Redis out of memory, a connection cut at the wrong moment.",
  },
  invalid_payload: { attemptsMax: () => 1, why: "The same bytes fail the same way." },
  canceled: { attemptsMax: () => 1, why: "Nobody wants the result." },
  expired: { attemptsMax: () => 1, why: "It would only be later still." },
} satisfies Record<JobErrorCode, RetryRule>;

const BACKOFF_BASE_MS = 1_000;
const BACKOFF_MAX_MS = 30_000;

/**
 * How long a job waits for its next attempt, in ms: exponential with equal jitter, so that jobs that failed together do not
 * come back together (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 *
 * @param attemptsMade from 1
 * @param random in [0, 1)
 */
export const backoffMs = (attemptsMade: number, random: () => number = Math.random): number => {
  const full = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (attemptsMade - 1));
  return Math.round(full / 2 + (random() * full) / 2);
};

/** A thread's errors arrive as plain objects with the fields they had there. */
const isJobError = (error: Error): error is JobError =>
  error.name === "JobError" && JOB_ERROR_CODES.includes((error as JobError).code);

/**
 * What a failed attempt is called from here on. The text of an error that is not ours stays behind, since it may quote a
 * candidate.
 */
export const toJobError = (error: Error): JobError => {
  if (error instanceof SandboxError) return new JobError(error.code, error.message, { cause: error.cause });
  if (error instanceof CanceledError) return new JobError("canceled", error.message);
  if (isJobError(error)) return new JobError(error.code, error.message.slice(error.code.length + 2));
  return new JobError("internal", "an internal error ended the attempt", { cause: error });
};

/** What BullMQ is told of a failed attempt: the job error, as one that it does not retry where no attempt is left. */
export const toBullError = (error: JobError, job: Job, limits: RetryLimits): Error => {
  const isFinal = job.attemptsMade + 1 >= retryRules[error.code].attemptsMax(limits);
  return isFinal ? new UnrecoverableError(error.message) : error;
};
