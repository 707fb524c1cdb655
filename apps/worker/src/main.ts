import { ConfigError } from "@semblance/shared/config/load-config";
import { Closer } from "@semblance/shared/lifecycle/closer";
import { announceReady, onShutdownRequest } from "@semblance/shared/lifecycle/launcher";
import { createLogger } from "@semblance/shared/telemetry/logger";
import { loadWorkerConfig } from "./config.ts";
import { startWorker } from "./start-worker.ts";

const readConfig = () => {
  try {
    return loadWorkerConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`semblance worker: cannot start: ${error.message}\n`);
    return process.exit(1);
  }
};

const config = readConfig();
const log = createLogger("worker", config.logLevel);
const closer = new Closer(log);
onShutdownRequest(async (reason) => {
  log.info({ reason }, "shutting down");
  await closer.close();
  log.info("stopped");
  process.exit(0);
});

await startWorker(config, log, closer);
log.info({ concurrency: config.workerConcurrency }, "taking jobs");
announceReady();
