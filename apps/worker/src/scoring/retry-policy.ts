import { JOB_ERROR_CODES, JobError, type JobErrorCode } from "@semblance/shared/job/job-error";
import { type Job, UnrecoverableError } from "bullmq";
import { SandboxError } from "../sandbox/sandbox-error.ts";

interface RetryPolicy {
  /** How often a job whose attempts time out is tried in all. */
  timeoutAttempts: number;
}

/** A thread's errors arrive as plain objects with the fields they had there. */
const isJobError = (error: Error): error is JobError =>
  error.name === "JobError" && JOB_ERROR_CODES.includes((error as JobError).code);

/**
 * What a failed attempt is called from here on. The text of an error that is not ours stays behind, since it may quote a
 * candidate.
 */
export const toJobError = (error: Error): JobError => {
  if (error instanceof SandboxError) return new JobError(error.code, error.message, { cause: error.cause });
  if (isJobError(error)) return new JobError(error.code, error.message.slice(error.code.length + 2));
  return new JobError("internal", "an internal error ended the attempt", { cause: error });
};

/** Whether another attempt could fare better. BullMQ ends the job anyhow when its attempts are used up. */
const isFinal = (code: JobErrorCode, job: Job, { timeoutAttempts }: RetryPolicy): boolean => {
  switch (code) {
    case "timed_out":
      return job.attemptsMade + 1 >= timeoutAttempts;
    case "crashed":
    case "out_of_memory":
    case "internal":
      return false;
    case "invalid_payload":
    case "canceled":
    case "expired":
      return true;
  }
};

/** What BullMQ is told of a failed attempt: the job error, as one that it does not retry where that is decided. */
export const toBullError = (error: JobError, job: Job, policy: RetryPolicy): Error =>
  isFinal(error.code, job, policy) ? new UnrecoverableError(error.message) : error;
