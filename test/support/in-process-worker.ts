import { Closer } from "@semblance/shared/lifecycle/closer";
import { createLogger } from "@semblance/shared/telemetry/logger";
import { loadWorkerConfig } from "../../apps/worker/src/config.ts";
import type { ScoringWorker } from "../../apps/worker/src/scoring/scoring-worker.ts";
import { startWorker } from "../../apps/worker/src/start-worker.ts";

export interface InProcessWorker {
  worker: ScoringWorker;
  healthUrl: string;
  close: () => Promise<void>;
}

/**
 * A worker in this process, its threads warm.
 *
 * @param processor the module that runs in its threads; the product's own when absent
 */
export const startInProcessWorker = async (
  env: Record<string, string>,
  processor?: URL,
): Promise<InProcessWorker> => {
  const log = createLogger("worker", "silent");
  const closer = new Closer(log);
  const config = loadWorkerConfig({
    LOG_LEVEL: "silent",
    SHUTDOWN_GRACE_MS: "0",
    WORKER_CONCURRENCY: "2",
    ...env,
  });
  const onStuck = () => log.fatal("stuck");
  const onUnfitRedis = (error: Error) => log.fatal(error.message);
  const { worker, healthUrl } = await startWorker({
    config,
    log,
    closer,
    onStuck,
    onUnfitRedis,
    processor,
  });
  return { worker, healthUrl, close: () => closer.close() };
};
