import { Closer } from "@semblance/shared/lifecycle/closer";
import { announceReady, onShutdownRequest } from "@semblance/shared/lifecycle/launcher";
import type { UnfitRedisError } from "@semblance/shared/redis/require-fit-redis";
import { createLogger, logLast } from "@semblance/shared/telemetry/logger";
import { startTracing } from "@semblance/shared/telemetry/start-tracing";
import type { WorkerConfig } from "./config.ts";
import { startWorker } from "./start-worker.ts";

/** How long a shutdown may still take once somebody has lost patience. */
const HURRY_LIMIT_MS = 1_000;

/**
 * The worker's process, from its start to its exit: on the first signal it drains, on a second one it puts its jobs back at
 * once. When a thread cannot be killed it drains, too, and then kills itself, so that its supervisor starts it anew.
 *
 * @param processor the module that runs in the threads; tests bring their own
 */
export const runWorker = async (config: WorkerConfig, processor?: URL): Promise<void> => {
  const log = createLogger("worker", config.logLevel);
  const closer = new Closer(log);
  await startTracing(config, "semblance-worker", log, closer);
  let isStuck = false;

  const end = async (): Promise<void> => {
    await logLast(log, "stopped");
    // process.exit() waits for the threads to end, and one of them does not.
    if (isStuck) process.kill(process.pid, "SIGKILL");
    else process.exit();
  };
  const shutDown = async (reason: string): Promise<void> => {
    log.info({ reason }, "shutting down");
    await closer.close();
    await end();
  };
  const onStuck = () => {
    if (isStuck) return;
    isStuck = true;
    void shutDown("a thread cannot be killed");
  };
  const onUnfitRedis = (error: UnfitRedisError) => {
    log.fatal(error.message);
    process.exitCode = 1;
    void shutDown("unfit Redis");
  };
  const hurry = () => {
    log.info("shutting down at once");
    // Not by process.exit(), which waits for the threads, and one of them may be inside of a native call.
    setTimeout(() => process.kill(process.pid, "SIGKILL"), HURRY_LIMIT_MS);
    started.then(({ worker }) => worker.shutDown(0)).catch(() => undefined);
  };
  onShutdownRequest(shutDown, hurry);

  const started = startWorker({ config, log, closer, onStuck, onUnfitRedis, processor });
  const { healthUrl } = await started.catch(async (error) => {
    await closer.close();
    throw error;
  });
  log.info({ concurrency: config.workerConcurrency, healthUrl }, "taking jobs");
  announceReady({ url: healthUrl });
};
