import { type JobErrorCode, parseFailedReason } from "./job-error.ts";
import { type ScoringFacts, type ScoringJobData, toFacts } from "./scoring-job.ts";

/** The closed set of job states; the last four never change again. */
export const JOB_STATUSES = ["queued", "running", "succeeded", "failed", "canceled", "expired"] as const;

export type JobStatus = (typeof JOB_STATUSES)[number];

const DONE: ReadonlySet<JobStatus> = new Set(["succeeded", "failed", "canceled", "expired"]);

export const isDone = (status: JobStatus): boolean => DONE.has(status);

export interface JobRecord extends ScoringFacts {
  id: string;
  status: JobStatus;
  createdAtMs: number;
  /** When the latest attempt began. */
  startedAtMs: number | null;
  finishedAtMs: number | null;
  /** Attempts begun, but those that were put back without their fault. */
  attempts: number;
  scored: number;
  error: { code: JobErrorCode; message: string } | null;
}

/** The fields of a BullMQ job's hash that tell its state, in the order in which they are read. */
export const JOB_FIELDS = [
  "data",
  "timestamp",
  "processedOn",
  "finishedOn",
  "atm",
  "ats",
  "returnvalue",
  "failedReason",
  "progress",
] as const;

export type JobFields = Partial<Record<(typeof JOB_FIELDS)[number], string | null>>;

const optionalNumber = (value: string | null | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);

/** Progress is a count of scored candidates; BullMQ writes `0` before there is any. */
const parseProgress = (value: string | null | undefined): number => {
  const scored = Number(value ?? 0);
  return Number.isSafeInteger(scored) ? scored : 0;
};

/**
 * A job's state from what BullMQ keeps of it, or from the mark of its end, which holds the same fields.
 *
 * @param locked whether a worker holds the job: BullMQ's fields alone do not tell a run from a wait for a retry
 */
export const readJobRecord = (id: string, fields: JobFields, locked: boolean): JobRecord | null => {
  if (!fields.data) return null;
  const data = toFacts(JSON.parse(fields.data) as ScoringJobData);
  const finishedAtMs = optionalNumber(fields.finishedOn);
  const attemptsMade = Number(fields.atm ?? 0);
  const record = {
    ...data,
    id,
    createdAtMs: Number(fields.timestamp),
    startedAtMs: optionalNumber(fields.processedOn),
    finishedAtMs,
    attempts: attemptsMade,
    scored: parseProgress(fields.progress),
    error: null,
  };
  if (finishedAtMs === null) {
    return locked
      ? { ...record, status: "running", attempts: attemptsMade + 1 }
      : { ...record, status: "queued", scored: 0 };
  }
  // A failure of an earlier attempt leaves its reason behind, so it is the return value that tells success.
  if (typeof fields.returnvalue === "string") {
    return { ...record, status: "succeeded", scored: data.candidateCount };
  }
  const error = parseFailedReason(fields.failedReason ?? "");
  const status = error.code === "expired" || error.code === "canceled" ? error.code : "failed";
  // A worker that finds a job too late has not begun with it; BullMQ counts that as an attempt, which a mark does not.
  const unbegun = status === "expired" && typeof fields.ats === "string" ? 1 : 0;
  return { ...record, status, error, attempts: attemptsMade - unbegun };
};
