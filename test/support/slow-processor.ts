import { setTimeout as delay } from "node:timers/promises";
import type { ThreadAnswer } from "../../apps/worker/src/scoring/thread-data.ts";
import score, { type ScoringThreadJob } from "../../apps/worker/src/scoring/thread-entry.ts";
import { SLOW_JOB_PAUSE_MS, SLOW_JOB_TIMEOUT_MS } from "./slow-job.ts";

/** The product's own processor, but for the jobs that are to be slow. */
export default async (job: ScoringThreadJob): Promise<ThreadAnswer> => {
  if (job.data.timeoutMs === SLOW_JOB_TIMEOUT_MS) await delay(SLOW_JOB_PAUSE_MS);
  return score(job);
};
