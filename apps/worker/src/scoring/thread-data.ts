/** What a scoring thread gets with a job, as `job.attachment`. */
export interface ThreadInput {
  /** A scoring spec as JSON, UTF-8. */
  envelope: Uint8Array;
  /** A JSON array of candidates, as the client sent it. */
  candidates: Uint8Array;
}

/** What it answers with; BullMQ never sees the result. */
export interface ThreadAnswer {
  /** The result as JSON, UTF-8. */
  result: Uint8Array;
}
