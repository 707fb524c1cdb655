import type { JobErrorCode } from "@semblance/shared/job/job-error";
import type { MetricName } from "@semblance/shared/job/metric-names";

/** How one attempt went, for its log line and the metrics. */
export interface AttemptReport {
  jobId: string;
  /** From 1. */
  attempt: number;
  /** `too_new`: left to a worker of a newer version. */
  outcome: "succeeded" | "put_back" | "lost" | "too_new" | JobErrorCode;
  metric: MetricName;
  candidateCount: number;
  /** From the acceptance to the job's latest start. */
  queuedMs: number;
  durationMs: number;
  /** Of the trace that its submission is a part of. */
  traceId?: string;
}
