import { announceReady } from "@semblance/shared/lifecycle/launcher";
import { Worker } from "bullmq";
import { Redis } from "ioredis";

/** BullMQ's own sandbox, in threads. */
const worker = new Worker("guide", new URL("./bullmq-guide-processor.ts", import.meta.url), {
  connection: new Redis(process.env["REDIS_URL"]!, { maxRetriesPerRequest: null }),
  concurrency: 2,
  useWorkerThreads: true,
});
await worker.waitUntilReady();
process.on("disconnect", () => process.exit(0));
announceReady();
