import { SCHEMA_VERSION } from "@semblance/shared/job/schema-version";
import { DeliveryQueue } from "@semblance/shared/queue/delivery-queue";
import { redisKeys } from "@semblance/shared/redis/keys";
import { createDeliveryId } from "@semblance/shared/webhook/delivery-id";
import { keepDelivery } from "@semblance/shared/webhook/keep-delivery";
import { TEST_EVENT } from "@semblance/shared/webhook/webhook-event";
import type { Redis } from "ioredis";

const BODY = Buffer.from(`{"type":"${TEST_EVENT}","timestamp":"2026-01-01T00:00:00.000Z","data":{}}`);
const TTL_MS = 3_600_000;

/** Has many messages wait to be sent to one URL, as the ends of many jobs would. */
export const queueDeliveries = async (
  redis: Redis,
  keyPrefix: string,
  { url, count, tenant = "default" }: { url: string; count: number; tenant?: string },
): Promise<void> => {
  const keys = redisKeys(keyPrefix);
  const queue = new DeliveryQueue({ redis, keyPrefix, onError: () => undefined });
  const nowMs = Date.now();
  const deliveries = Array.from({ length: count }, () => ({
    v: SCHEMA_VERSION,
    deliveryId: createDeliveryId(),
    tenant,
    url,
    restart: 0,
  }));
  const message = {
    jobId: null,
    type: TEST_EVENT,
    happenedAtMs: nowMs,
    body: BODY,
    metadataBytes: 0,
    attemptsMax: null,
  };
  const times = { nowMs, firstAttemptAtMs: nowMs, ttlMs: TTL_MS };
  await Promise.all(
    deliveries.map(({ deliveryId }) =>
      keepDelivery(redis, keys, { id: deliveryId, tenant, url, ...message }, times),
    ),
  );
  await queue.add(deliveries);
  await queue.close();
};
