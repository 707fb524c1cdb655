import { describeError } from "@semblance/shared/errors/describe-error";
import type { Closer } from "@semblance/shared/lifecycle/closer";
import { connectPatient } from "@semblance/shared/redis/connect";
import { redisKeys } from "@semblance/shared/redis/keys";
import type { Logger } from "@semblance/shared/telemetry/logger";
import type { WorkerConfig } from "./config.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { ScoringWorker } from "./scoring/scoring-worker.ts";

/** What a step of the shutdown may take beyond the grace that running jobs get. */
const CLOSE_LIMIT_MS = 2_000;

/**
 * Opens what the worker needs and takes jobs once its threads are warm. Redis may be away: then it waits for it.
 *
 * @param processor the module that runs in the threads; tests bring their own
 */
export const startWorker = async (
  config: WorkerConfig,
  log: Logger,
  closer: Closer,
  processor?: URL,
): Promise<ScoringWorker> => {
  const onRedisError = (error: Error) => log.warn({ error: describeError(error) }, "redis connection");
  const keys = redisKeys(config.keyPrefix);
  const redis = connectPatient(config.redisUrl, onRedisError);
  closer.add("redis", CLOSE_LIMIT_MS, () => redis.disconnect());

  const worker = new ScoringWorker({ redis, keys, config, log, ...(processor ? { processor } : {}) });
  const graceMs = config.shutdownGraceMs;
  closer.add("worker", graceMs + CLOSE_LIMIT_MS, () => worker.shutDown(graceMs));
  await worker.warm();
  worker.run().catch((error) => log.error({ error: describeError(error) }, "the worker stopped taking jobs"));

  const stopHeartbeat = startHeartbeat(redis, keys, () => worker.isTaking, onRedisError);
  closer.add("heartbeat", CLOSE_LIMIT_MS, stopHeartbeat);
  return worker;
};
