import { z } from "zod";
import { JOB_ERROR_CODES } from "./job-error.ts";
import { isDone, JOB_STATUSES, type JobRecord } from "./job-record.ts";
import { METRIC_NAMES } from "./metric-names.ts";

const time = z.iso.datetime();

/** A job as clients see it, the same in every answer. */
export const jobViewSchema = z.strictObject({
  id: z.string(),
  status: z.enum(JOB_STATUSES),
  done: z.boolean().meta({ description: "Whether `status` will never change again." }),
  metric: z.enum(METRIC_NAMES),
  candidate_count: z.int(),
  created_at: time,
  started_at: time.nullable().meta({ description: "When the latest attempt began." }),
  finished_at: time.nullable(),
  start_before: time.meta({ description: "A job that has not started by then ends as `expired`." }),
  result_expires_at: time.nullable(),
  attempts: z
    .int()
    .meta({ description: "Attempts begun; above 0 in a `queued` job that waits for a retry." }),
  progress: z.strictObject({ scored: z.int(), total: z.int() }),
  error: z.strictObject({ code: z.enum(JOB_ERROR_CODES), message: z.string() }).nullable(),
  metadata: z.record(z.string(), z.string()),
  urls: z.strictObject({ self: z.string(), result: z.string(), events: z.string(), cancel: z.string() }),
});

export type JobView = z.infer<typeof jobViewSchema>;

export const resultSchema = z.strictObject({
  results: z
    .array(z.strictObject({ index: z.int(), id: z.string().nullable(), score: z.number().min(0).max(1) }))
    .meta({ description: "By score, highest first; equal scores by index." }),
  scored: z.int().meta({ description: "How many candidates were scored." }),
  duration_ms: z.number().meta({ description: "How long the scoring took." }),
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
    urls: { self, result: `${self}/result`, events: `${self}/events`, cancel: `${self}/cancel` },
  };
};
