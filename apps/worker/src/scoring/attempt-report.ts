import type { JobErrorCode } from "@semblance/shared/job/job-error";
import type { MetricName } from "@semblance/shared/job/metric-names";

/** How one attempt went, for its log line and the metrics. */
export interface AttemptReport {
  jobId: string;
  /** From 1. */
  attempt: number;
  /**
   * `not_begun`: no thread was free in time, and the job went back to the queue; `put_back`: the worker shut down; `lost`: another worker has
   * it by now; `too_new`: left to a worker of a newer version.
   */
  outcome: "succeeded" | "not_begun" | "put_back" | "lost" | "too_new" | JobErrorCode;
  metric: MetricName;
  candidateCount: number;
  /** From the acceptance to the job's latest start. */
  queuedMs: number;
  durationMs: number;
  /** Of the trace that its submission is a part of. */
  traceId?: string;
}
