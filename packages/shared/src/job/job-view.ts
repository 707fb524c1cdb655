import { z } from "zod";
import { JOB_ERROR_CODES } from "./job-error.ts";
import { JOB_ID } from "./job-id.ts";
import { isDone, JOB_STATUSES, type JobRecord } from "./job-record.ts";
import { METRIC_NAMES } from "./metric-names.ts";

const time = z.iso.datetime();
const count = z.int().min(0);
const url = z.string().meta({ format: "uri-reference" });

export const progressSchema = z.strictObject({
  scored: count.meta({ description: "Candidates that the present attempt has scored." }),
  total: count,
});

export const jobErrorSchema = z.strictObject({ code: z.enum(JOB_ERROR_CODES), message: z.string() });

/** A job as clients see it, the same in every answer. */
export const jobViewSchema = z.strictObject({
  id: z.string().meta({ description: "Ids sort by creation time.", pattern: JOB_ID.source }),
  status: z.enum(JOB_STATUSES).meta({ description: "The last four of these are final." }),
  done: z.boolean().meta({ description: "Whether `status` will never change again." }),
  metric: z.enum(METRIC_NAMES),
  candidate_count: z.int().min(1),
  created_at: time,
  started_at: time.nullable().meta({ description: "When the latest attempt began." }),
  finished_at: time.nullable(),
  start_before: time.meta({ description: "A job that has not started by then ends as `expired`." }),
  result_expires_at: time
    .nullable()
    .meta({ description: "When the result of a `succeeded` job is forgotten, and the job with it." }),
  attempts: count.meta({ description: "Attempts begun; above 0 in a `queued` job that waits for a retry." }),
  progress: progressSchema,
  error: jobErrorSchema.nullable().meta({ description: "Why the job ended without a result." }),
  metadata: z.record(z.string(), z.string()).meta({ description: "What the client sent with the job." }),
  redriven_from: z.string().optional().meta({
    description: "The failed job that its operator runs once more by this one, if it is such a one.",
    pattern: JOB_ID.source,
  }),
  urls: z.strictObject({ self: url, result: url, events: url, cancel: url }),
});

export type JobView = z.infer<typeof jobViewSchema>;

export const resultSchema = z.strictObject({
  results: z
    .array(
      z.strictObject({
        index: count.meta({ description: "The candidate's place in the submission, from 0." }),
        id: z.string().nullable().meta({ description: "The candidate's id, where it was given one." }),
        score: z.number().min(0).max(1),
      }),
    )
    .meta({ description: "By score, highest first; equal scores by index." }),
  scored: count.meta({ description: "How many candidates were scored." }),
  duration_ms: z.number().min(0).meta({ description: "How long the scoring took." }),
});

export type ScoringResult = z.infer<typeof resultSchema>;

export interface ViewOptions {
  /** What URLs begin with: an origin, or nothing for relative ones. */
  publicUrl: string;
  resultTtlMs: number;
}

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | null) => (ms === null ? null : iso(ms));

/** @param metadata what the client sent with the job */
export const toJobView = (
  record: JobRecord,
  metadata: Record<string, string>,
  { publicUrl, resultTtlMs }: ViewOptions,
): JobView => {
  const self = `${publicUrl}/v1/jobs/${record.id}`;
  const resultExpiresAtMs =
    record.status === "succeeded" && record.finishedAtMs !== null ? record.finishedAtMs + resultTtlMs : null;
  return {
    id: record.id,
    status: record.status,
    done: isDone(record.status),
    metric: record.metric,
    candidate_count: record.candidateCount,
    created_at: iso(record.createdAtMs),
    started_at: isoOrNull(record.startedAtMs),
    finished_at: isoOrNull(record.finishedAtMs),
    start_before: iso(record.startBeforeMs),
    result_expires_at: isoOrNull(resultExpiresAtMs),
    attempts: record.attempts,
    progress: { scored: record.scored, total: record.candidateCount },
    error: record.error,
    metadata,
    ...(record.redrivenFrom === undefined ? {} : { redriven_from: record.redrivenFrom }),
    urls: { self, result: `${self}/result`, events: `${self}/events`, cancel: `${self}/cancel` },
  };
};
