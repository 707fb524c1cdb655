/**
 * What became of an attempt to deliver a webhook. `gone`: the delivery was deleted meanwhile; `put_back`: the worker shut down before the
 * receiver had answered; `too_new`: left to a worker of a newer version.
 */
export type DeliveryOutcome =
  | "succeeded"
  | "will_retry"
  | "failed"
  | "superseded"
  | "gone"
  | "put_back"
  | "too_new";

/** One line of the log for each attempt: ids, times and the receiver's host, whose URL may hold secrets. */
export interface DeliveryReport {
  deliveryId: string;
  jobId?: string | undefined;
  host: string;
  /** From 1, since the delivery was last asked for. */
  attempt: number;
  outcome: DeliveryOutcome;
  status: number | null;
  errorCode?: string | undefined;
  durationMs: number;
  nextAttemptInMs?: number | undefined;
  /** Of the trace that it is a part of. */
  traceId?: string | undefined;
}
