import { Closer } from "@semblance/shared/lifecycle/closer";
import { announceReady, onShutdownRequest } from "@semblance/shared/lifecycle/launcher";
import { createLogger } from "@semblance/shared/telemetry/logger";
import { loadWorkerConfig } from "../../apps/worker/src/config.ts";
import { startWorker } from "../../apps/worker/src/start-worker.ts";

/** The worker's process, but for the processor in its threads. */
const config = loadWorkerConfig(process.env);
const log = createLogger("worker", config.logLevel);
const closer = new Closer(log);
onShutdownRequest(async () => {
  await closer.close();
  process.exit(0);
});
await startWorker(config, log, closer, new URL("./misbehaving-processor.ts", import.meta.url));
announceReady();
