import type { ThreadAnswer } from "../../apps/worker/src/scoring/thread-data.ts";
import score, { type ScoringThreadJob } from "../../apps/worker/src/scoring/thread-entry.ts";
import { misbehave } from "../support/misbehave.ts";
import { MISDEEDS } from "../support/misdeeds.ts";
import { startAsTold } from "../support/starts-as-told.ts";
import { behaviourOf } from "./behaviour.ts";

startAsTold(process.env["THREAD_ORDERS"]!);

/** The product's own processor, but for the jobs that are to misbehave. */
export default async (job: ScoringThreadJob): Promise<ThreadAnswer> => {
  const behaviour = behaviourOf(job.data.timeoutMs);
  if (behaviour !== "scores") await misbehave(MISDEEDS[behaviour], job);
  return score(job);
};
