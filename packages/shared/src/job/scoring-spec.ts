import type { Webhook } from "../webhook/webhook-event.ts";
import type { MetricName } from "./metric-names.ts";
import type { Normalize } from "./submission.ts";

/** What a worker thread is told beside the candidates: the validated submission, defaults filled in. */
export interface ScoringSpec {
  query: string;
  metric: MetricName;
  metricOptions: Record<string, unknown>;
  normalize: Normalize | null;
  topN: number | null;
  threshold: number | null;
  /** Whom to tell of the job's end; no thread's business, but that of whoever runs the job once more. */
  webhook?: Webhook;
}
