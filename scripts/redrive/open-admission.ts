import { Admission } from "../../apps/api/src/admission/admission.ts";
import { loadApiConfig } from "../../apps/api/src/config.ts";
import { QueueMonitor } from "../../apps/api/src/queue/queue-monitor.ts";
import { KeyRing } from "../../apps/api/src/tenants/key-ring.ts";
import { tenantLimits } from "../../apps/api/src/tenants/tenant-limits.ts";
import type { Closer } from "../../packages/shared/src/lifecycle/closer.ts";
import { DeliveryQueue } from "../../packages/shared/src/queue/delivery-queue.ts";
import { ScoringQueue } from "../../packages/shared/src/queue/scoring-queue.ts";
import { connectFailFast, waitUntilConnected } from "../../packages/shared/src/redis/connect.ts";
import { redisKeys } from "../../packages/shared/src/redis/keys.ts";
import { readRedisSettings } from "../../packages/shared/src/redis/redis-settings.ts";
import type { Logger } from "../../packages/shared/src/telemetry/logger.ts";
import type { RedriveOptions } from "./redrive-job.ts";

const CLOSE_LIMIT_MS = 2_000;
const CONNECT_WAIT_MS = 5_000;

/**
 * Opens the way into the queue as an API process with this environment does.
 *
 * @param onError told of Redis' errors
 */
export const openAdmission = async (
  env: Record<string, string | undefined>,
  log: Logger,
  closer: Closer,
  onError: (error: Error) => void,
): Promise<RedriveOptions> => {
  const config = loadApiConfig(env);
  const { keyPrefix, resultTtlS, deliveryTtlS } = config;
  const keys = redisKeys(keyPrefix);
  const resultTtlMs = resultTtlS * 1_000;
  const redis = connectFailFast(readRedisSettings(config), onError);
  closer.add("redis", CLOSE_LIMIT_MS, () => redis.disconnect());
  const queue = new ScoringQueue({ redis, keyPrefix, resultTtlMs, onError });
  closer.add("queue", CLOSE_LIMIT_MS, () => queue.close());
  const deliveries = new DeliveryQueue({ redis, keyPrefix, onError });
  closer.add("delivery queue", CLOSE_LIMIT_MS, () => deliveries.close());
  const keyRing = new KeyRing({ keys: config.apiKeys, file: config.apiKeysFile, log });
  closer.add("API keys", CLOSE_LIMIT_MS, () => keyRing.close());
  const admission = new Admission({
    redis,
    keys,
    queue,
    deliveries,
    monitor: new QueueMonitor(redis, keys),
    queueDepthMax: config.queueDepthMax,
    storeBytesMax: config.storeBytesMax,
    tenantLimits: () => tenantLimits(config, keyRing),
    webhookResultBytesMax: config.webhookResultBytesMax,
    deliveryTtlMs: deliveryTtlS * 1_000,
    replicaWait: null,
  });
  await waitUntilConnected(redis, CONNECT_WAIT_MS);
  return { redis, keys, admission, resultTtlMs };
};
