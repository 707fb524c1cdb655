/** What is counted of all there was, for rates by difference; named on the wire as in Redis. */
export const QUEUE_TOTALS = [
  "refused",
  "timed_out",
  "crashed",
  "out_of_memory",
  "delivered",
  "undelivered",
] as const;

export type QueueTotal = (typeof QUEUE_TOTALS)[number];
