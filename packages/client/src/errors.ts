import type { Job, JobErrorCode, Problem } from "./wire-types.ts";

/** What every error of this package is, but for the reason of an aborted signal, which is thrown as it is. Branch on `code`. */
export abstract class SemblanceError extends Error {
  abstract readonly code: string;
}

/** The API, or something before it, answered with an error (RFC 9457). */
export class ProblemError extends SemblanceError {
  override readonly name = "ProblemError";
  /** The problem's slug, such as `queue-full`; `about:blank` where the answer was none of the API's. */
  override readonly code: string;
  readonly status: number;
  /** After how many seconds the call may be made again, where the answer says so. */
  readonly retryAfterS: number | null;
  /** The whole answer, further members included, such as `limit`. */
  readonly problem: Problem;

  constructor(problem: Problem, retryAfterS: number | null = null) {
    const { type, title, status, detail, errors = [] } = problem;
    const places = errors.map(({ parameter, pointer, detail }) => `\n  ${parameter ?? pointer}: ${detail}`);
    super(`${title}${detail ? `: ${detail}` : ""}${places.join("")}`);
    this.code = type.slice(type.lastIndexOf("/") + 1);
    this.status = status;
    this.retryAfterS = retryAfterS;
    this.problem = problem;
  }

  get slug(): string {
    return this.code;
  }

  get title(): string {
    return this.problem.title;
  }

  get detail(): string | undefined {
    return this.problem.detail;
  }

  /** The wrong places of what was sent. */
  get errors(): NonNullable<Problem["errors"]> {
    return this.problem.errors ?? [];
  }
}

/** The job has ended otherwise than `succeeded`; `code` says why. */
export class JobFailedError extends SemblanceError {
  override readonly name = "JobFailedError";
  override readonly code: JobErrorCode;
  readonly job: Job;

  constructor(job: Job) {
    super(`job ${job.id} ${job.status}${job.error ? `: ${job.error.message}` : ""}`);
    this.code = job.error?.code ?? "internal";
    this.job = job;
  }
}

/** There was no answer, none in time, or one that broke off, also when it was tried again; `cause` is what `fetch` threw. */
export class ConnectionError extends SemblanceError {
  override readonly name = "ConnectionError";
  override readonly code = "connection";
}

/** The time that a call may take is over. */
export class TimeoutError extends SemblanceError {
  override readonly name = "TimeoutError";
  override readonly code = "timeout";

  constructor(timeoutMs: number) {
    super(`not done within ${timeoutMs} ms`);
  }
}

/** Which check a webhook did not pass. */
export type WebhookErrorCode =
  | "missing-header"
  | "invalid-timestamp"
  | "timestamp-too-old"
  | "timestamp-too-new"
  | "invalid-secret"
  | "no-matching-signature"
  | "invalid-body";

/** A webhook is not to be trusted. Only `invalid-secret` is the receiver's own fault. */
export class WebhookVerificationError extends SemblanceError {
  override readonly name = "WebhookVerificationError";
  override readonly code: WebhookErrorCode;

  constructor(code: WebhookErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
