import { workerData } from "node:worker_threads";
import type { ScoringJobData } from "@semblance/shared/job/scoring-job";
import { connectPatient } from "@semblance/shared/redis/connect";
import { redisKeys } from "@semblance/shared/redis/keys";
import { readPayload } from "@semblance/shared/store/payload";
import { createEngine } from "@semblance/similarity";
import type { SandboxedJob } from "bullmq";
import type { ThreadAnswer, ThreadData } from "./thread-data.ts";
import { writeResult } from "./write-result.ts";

const PROGRESS_INTERVAL_MS = 200;

const { redisUrl, keyPrefix } = workerData as ThreadData;
const keys = redisKeys(keyPrefix);
// Redis may be away for a while: the job's deadline bounds the wait, and the main thread reports the connection.
const redis = connectPatient(redisUrl, () => undefined);
const engine = await createEngine();

/** Tells how far the scoring is, seldom, and never for a job that ends before the first interval does. */
const createProgress = (job: SandboxedJob<ScoringJobData>) => {
  let toldAtMs = performance.now();
  return (scored: number) => {
    if (performance.now() - toldAtMs < PROGRESS_INTERVAL_MS) return;
    toldAtMs = performance.now();
    job.updateProgress(scored);
  };
};

/** What runs in a sandbox thread: one scoring job, from its payload to the bytes of its result. */
export default async (job: SandboxedJob<ScoringJobData>): Promise<ThreadAnswer> => {
  const { spec, candidates } = await readPayload(redis, keys, job.id!);
  const startedAtMs = performance.now();
  const { ranked, count } = engine.rankJson(spec.metric, spec.query, candidates, {
    metricOptions: spec.metricOptions,
    onProgress: createProgress(job),
    ...(spec.normalize === null ? {} : { normalize: spec.normalize }),
    ...(spec.topN === null ? {} : { topN: spec.topN }),
    ...(spec.threshold === null ? {} : { threshold: spec.threshold }),
  });
  return { result: writeResult(ranked, count, performance.now() - startedAtMs) };
};
