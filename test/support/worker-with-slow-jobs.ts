import { loadWorkerConfig } from "../../apps/worker/src/config.ts";
import { runWorker } from "../../apps/worker/src/run-worker.ts";

/** The worker's process, but for the processor in its threads. */
await runWorker(loadWorkerConfig(process.env), new URL("./slow-processor.ts", import.meta.url));
