/** What a scoring thread gets with a job, as `job.attachment`. */
export interface ThreadInput {
  /** A scoring spec as JSON. */
  envelope: string | Uint8Array;
  /** A JSON array of candidates, as the client sent it. */
  candidates: string | Uint8Array<ArrayBuffer>;
}

/** What it answers with; BullMQ never sees the result. */
export interface ThreadAnswer {
  /** The result as JSON; a small one as a string, which costs less to hand over. */
  result: string | Uint8Array;
}
