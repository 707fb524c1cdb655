/**
 * How long a payload outlives the moment by which its job must have started, or the start of its latest attempt: the
 * longest that a job may wait for a retry, also while no worker is alive. A retry later than that ends as `expired`.
 */
export const PAYLOAD_GRACE_MS = 24 * 3_600_000;
