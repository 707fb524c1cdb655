import type { MetricName } from "./metric-names.ts";

/**
 * The data of a BullMQ scoring job: numbers and names only, a few hundred bytes. Texts stay in the payload, so that polls,
 * Bull Board and the worker's main thread never see one.
 */
export interface ScoringJobData {
  tenant: string;
  metric: MetricName;
  candidateCount: number;
  /** For one attempt. */
  timeoutMs: number;
  /** When the job must have started, ms since the epoch. */
  startBeforeMs: number;
}

/** BullMQ's job name; there is one kind. */
export const SCORING_JOB = "score";
