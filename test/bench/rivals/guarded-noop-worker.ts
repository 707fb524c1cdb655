import { announceReady } from "@semblance/shared/lifecycle/launcher";
import { Redis } from "ioredis";
import { SandboxedWorker } from "../../../apps/worker/src/sandbox/sandboxed-worker.ts";

/** Our sandbox around nothing: what jobs per second there can be at the most. */
const worker = new SandboxedWorker("noop", new URL("./noop-processor.ts", import.meta.url), {
  connection: new Redis(process.env["REDIS_URL"]!, { maxRetriesPerRequest: null }),
  concurrency: 2,
  sandbox: { deadlineMs: () => 10_000 },
});
await worker.warm();
void worker.run();
process.on("disconnect", () => process.exit(0));
announceReady();
