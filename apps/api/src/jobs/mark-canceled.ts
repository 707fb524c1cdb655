import { describeError } from "@semblance/shared/errors/describe-error";
import type { Dependencies } from "../dependencies.ts";
import { type EndOutcome, markEnded } from "./end-job.ts";

export type CancelOptions = Pick<
  Dependencies,
  "redis" | "keys" | "queue" | "resultTtlMs" | "deliveryTtlMs" | "log"
>;

/** Cancels a job unless it has ended, and takes it out of the queue. */
export const markCanceled = async (options: CancelOptions, id: string): Promise<EndOutcome> => {
  const { redis, keys, queue, log } = options;
  const outcome = await markEnded(redis, keys, id, "canceled", options);
  if (outcome === "ended") {
    // The mark is what counts. A job that is left in the queue is taken out by the next sweep.
    await queue
      .remove(id)
      .catch((error) => log.warn({ jobId: id, error: describeError(error) }, "a canceled job stayed queued"));
  }
  return outcome;
};
