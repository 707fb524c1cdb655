/** What every scoring thread is started with. */
export interface ThreadData {
  redisUrl: string;
  keyPrefix: string;
}

/** What a thread answers with; BullMQ never sees the result. */
export interface ThreadAnswer {
  /** The result as JSON, UTF-8. */
  result: Uint8Array;
}
