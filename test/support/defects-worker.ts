/**
 * A worker process on one of the two sandboxes, for what must not be true of ours. Told by the environment: SANDBOX (`bullmq`
 * or `semblance`), REDIS_URL, KEY_PREFIX. Answers any message with how many threads its pool believes to be at work.
 */
import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { SandboxedWorker } from "../../apps/worker/src/sandbox/sandboxed-worker.ts";
import { DEFECTS_QUEUE, type DefectsData } from "./defects-queue.ts";

const { SANDBOX, REDIS_URL, KEY_PREFIX } = process.env as Record<string, string>;
const PROCESSOR = new URL("./defects-processor.ts", import.meta.url);
const DEADLINE_MS = 300;

const connection = new Redis(REDIS_URL!, { maxRetriesPerRequest: null });
const common = { connection, prefix: KEY_PREFIX!, concurrency: 1, lockDuration: 60_000 };

/** With the timeout that BullMQ's guide recommends: a cancel of the job after its time. */
const startBullmq = () => {
  const worker = new Worker<DefectsData>(DEFECTS_QUEUE, PROCESSOR, { ...common, useWorkerThreads: true });
  worker.on("active", (job) => {
    setTimeout(() => worker.cancelJob(job.id!, "timed out"), DEADLINE_MS);
  });
  worker.on("error", () => undefined);
  return () => Object.keys(worker["childPool"].retained).length;
};

const startOurs = async () => {
  const worker = new SandboxedWorker<DefectsData>(DEFECTS_QUEUE, PROCESSOR, {
    ...common,
    sandbox: {
      deadlineMs: ({ data }) => (data.does === "hang" ? DEADLINE_MS : 20_000),
      breaker: { threshold: 3, pauseMinMs: 100, pauseMaxMs: 1_000 },
      resourceLimits: { maxOldGenerationSizeMb: 32 },
    },
  });
  worker.on("error", () => undefined);
  await worker.warm();
  void worker.run();
  return () => worker.threads.lent;
};

const countLent = SANDBOX === "bullmq" ? startBullmq() : await startOurs();
process.on("message", () => process.send!({ type: "lent", count: countLent() }));
process.on("disconnect", () => process.exit(0));
process.send!({ type: "ready" });
