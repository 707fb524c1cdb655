import type { ServerResponse } from "node:http";
import { isDone } from "@semblance/shared/job/job-record";
import type { JobEvents } from "@semblance/shared/queue/job-events";
import { type JobReaderOptions, readJob, type StoredJob } from "../jobs/read-job.ts";

export interface WaitOptions extends JobReaderOptions {
  events: JobEvents;
}

export interface Wait {
  tenant: string;
  id: string;
  waitS: number;
  /** When its connection is gone, nobody waits any more. */
  outgoing: ServerResponse;
}

/**
 * Waits until a job has ended, the time is over, the client is gone or the process shuts down.
 *
 * @returns the job as it is then
 * @throws {Problem} what reading it throws
 */
export const waitForEnd = async (
  options: WaitOptions,
  { tenant, id, waitS, outgoing }: Wait,
): Promise<StoredJob> => {
  let told = Promise.withResolvers<void>();
  let isOver = false;
  const giveUp = () => {
    isOver = true;
    told.resolve();
  };
  const stop = await options.events.listen(id, (event) => {
    if (event === "closed") giveUp();
    else if (event === "ended") told.resolve();
  });
  const timer = setTimeout(giveUp, waitS * 1_000);
  outgoing.once("close", giveUp);
  if (outgoing.destroyed) giveUp();
  try {
    for (;;) {
      const job = await readJob(options, tenant, id);
      if (isOver || isDone(job.record.status)) return job;
      await told.promise;
      told = Promise.withResolvers();
    }
  } finally {
    stop();
    clearTimeout(timer);
    outgoing.off("close", giveUp);
  }
};
