import type { ScoringJobData } from "@semblance/shared/job/scoring-job";
import type { ScoringSpec } from "@semblance/shared/job/scoring-spec";
import { releaseMemory } from "@semblance/shared/memory/release-memory";
import { createEngine } from "@semblance/similarity";
import type { SandboxedJob } from "bullmq";
import type { ThreadAnswer, ThreadInput } from "./thread-data.ts";
import { writeResult } from "./write-result.ts";

const PROGRESS_INTERVAL_MS = 200;

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

const toText = (text: string | Uint8Array) =>
  typeof text === "string" ? text : new TextDecoder().decode(text);
const toBytes = (text: string | Uint8Array) => (typeof text === "string" ? Buffer.from(text) : text);

export type ScoringThreadJob = SandboxedJob<ScoringJobData> & { attachment: ThreadInput };

/** What runs in a sandbox thread: one scoring job, from its payload to the bytes of its result. */
export default async (job: ScoringThreadJob): Promise<ThreadAnswer> => {
  const { envelope, candidates } = job.attachment;
  const spec = JSON.parse(toText(envelope)) as ScoringSpec;
  const startedAtMs = performance.now();
  const { ranked, count } = engine.rankJsonRaw(spec.metric, spec.query, toBytes(candidates), {
    metricOptions: spec.metricOptions,
    onProgress: createProgress(job),
    ...(spec.normalize === null ? {} : { normalize: spec.normalize }),
    ...(spec.topN === null ? {} : { topN: spec.topN }),
    ...(spec.threshold === null ? {} : { threshold: spec.threshold }),
  });
  const result = writeResult(ranked, count, performance.now() - startedAtMs);
  if (typeof candidates !== "string") releaseMemory(candidates);
  return { result };
};
