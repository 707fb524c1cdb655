/** The closed set of reasons why a job did not succeed, as clients see them. */
export const JOB_ERROR_CODES = [
  "timed_out",
  "crashed",
  "out_of_memory",
  "invalid_payload",
  "canceled",
  "expired",
  "internal",
] as const;

/** What may not be the job's own doing: it can be run once more, as a new job, when what caused it is mended. */
export const REDRIVABLE_CODES = [
  "timed_out",
  "crashed",
  "out_of_memory",
  "internal",
] as const satisfies readonly JobErrorCode[];

export type RedrivableCode = (typeof REDRIVABLE_CODES)[number];

export const isRedrivable = (code: JobErrorCode): code is RedrivableCode =>
  REDRIVABLE_CODES.includes(code as RedrivableCode);

export type JobErrorCode = (typeof JOB_ERROR_CODES)[number];

/**
 * Why an attempt ended without a result. Its message is what BullMQ keeps as the job's `failedReason`, in the form
 * `code: text`; the text is shown to the client, so it never quotes a text of a job or an error from inside.
 */
export class JobError extends Error {
  override readonly name = "JobError";
  readonly code: JobErrorCode;

  constructor(code: JobErrorCode, text: string, options?: ErrorOptions) {
    super(`${code}: ${text}`, options);
    this.code = code;
  }
}

/** BullMQ's own words for a job whose workers died too often while they held it. */
const STALLED_TOO_OFTEN = /stalled more than allowable limit/;

/** Reads back what {@link JobError} wrote; anything else is `internal`, with a fixed text. */
export const parseFailedReason = (reason: string): { code: JobErrorCode; message: string } => {
  const separator = reason.indexOf(": ");
  const code = JOB_ERROR_CODES.find((known) => known === reason.slice(0, separator));
  if (code) return { code, message: reason.slice(separator + 2) };
  if (STALLED_TOO_OFTEN.test(reason)) {
    return { code: "crashed", message: "the worker processes that ran this job died too often" };
  }
  return { code: "internal", message: "an internal error ended this job" };
};
