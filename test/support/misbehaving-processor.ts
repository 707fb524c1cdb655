import type { ScoringJobData } from "@semblance/shared/job/scoring-job";
import type { SandboxedJob } from "bullmq";
import type { ThreadAnswer } from "../../apps/worker/src/scoring/thread-data.ts";
import { misbehave } from "./misbehave.ts";
import { startAsTold } from "./starts-as-told.ts";

const orders = process.env["THREAD_ORDERS"];
if (orders) startAsTold(orders);

const RESULT = JSON.stringify({ results: [], scored: 0, duration_ms: 0 });

/** Runs in the threads of a worker under test: misbehaves as the job's number of candidates says. */
export default async (job: SandboxedJob<ScoringJobData>): Promise<ThreadAnswer> => {
  await misbehave(job.data.candidateCount, job);
  return { result: new TextEncoder().encode(RESULT) };
};
