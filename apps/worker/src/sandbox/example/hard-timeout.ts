/**
 * A job in an infinite loop fails at its deadline, and the next one runs. Needs a Redis:
 *
 * REDIS_URL=redis://127.0.0.1:6379 node apps/worker/src/sandbox/example/hard-timeout.ts
 */
import { Queue } from "bullmq";
import { SandboxedWorker } from "../sandboxed-worker.ts";

const connection = { url: process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379" };
const queue = new Queue("hard-timeout", { connection });
const worker = new SandboxedWorker<{ limit: number }, number>(
  "hard-timeout",
  new URL("./count-processor.ts", import.meta.url),
  {
    connection,
    concurrency: 2,
    sandbox: {
      deadlineMs: () => 1_000,
      onEvent: (event) => console.log("sandbox:", event.type, "reason" in event ? event.reason : ""),
    },
  },
);
worker.on("failed", (job, error) => console.log(`${job?.name} failed: ${error.message}`));
worker.on("completed", (job, count) => {
  console.log(`${job.name} counted to ${count}`);
});

await queue.add("a loop without an end", { limit: -1 });
await queue.add("an honest job", { limit: 1_000 });
await worker.warm();
const drained = new Promise((resolve) => worker.once("failed", resolve));
void worker.run();
await drained;
await worker.shutDown(1_000);
await queue.close();
