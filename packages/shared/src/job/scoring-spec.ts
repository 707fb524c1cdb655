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
}
