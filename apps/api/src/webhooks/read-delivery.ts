import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { DeliveryAttempt, DeliveryStatus } from "@semblance/shared/webhook/delivery";
import { isDeliveryId } from "@semblance/shared/webhook/delivery-id";
import type { DeliveryRecord } from "@semblance/shared/webhook/delivery-view";
import type { Redis } from "ioredis";
import { Problem } from "../problems/problem.ts";

/** A delivery, and how often it was asked to be sent again before the attempts that it is at. */
export interface StoredDelivery extends DeliveryRecord {
  restart: number;
}

type Kept = [
  tenant: string,
  job: string,
  url: string,
  event: string,
  status: string,
  happened: string,
  next: string,
  restart: string,
];

interface Found {
  kept: Kept;
  /** It was asked to be sent again, and no worker has begun to. */
  isAskedFor: boolean;
  attempts: string[];
}

const read = defineScript<Found | null>(
  /* lua */ `
local delivery, attempts, job_prefix = KEYS[1], KEYS[2], ARGV[1]
local kept = redis.call('HMGET', delivery, 'tenant', 'job', 'url', 'type', 'status', 'happened', 'next', 'restart')
if not kept[1] then return false end
local asked_for = redis.call('EXISTS', job_prefix .. '-' .. (tonumber(kept[8]) + 1))
return {kept, asked_for, redis.call('LRANGE', attempts, 0, -1)}
`,
  (reply) => {
    if (!reply) return null;
    const [kept, isAskedFor, attempts] = reply as [Kept, number, string[]];
    return { kept, isAskedFor: isAskedFor === 1, attempts };
  },
);

/**
 * Reads a delivery, without what it sends, in one Redis step.
 *
 * @returns `null` for an unknown id, another tenant's delivery, a deleted one, and one whose time to be kept is over
 */
export const findDelivery = async (
  { redis, keys }: { redis: Redis; keys: RedisKeys },
  owner: string,
  deliveryId: string,
): Promise<StoredDelivery | null> => {
  if (!isDeliveryId(deliveryId)) return null;
  const found = await read(
    redis,
    [keys.delivery(deliveryId), keys.deliveryAttempts(deliveryId)],
    [keys.deliveryJob(deliveryId)],
  );
  if (!found) return null;
  const [tenant, jobId, url, event, kept, happened, next, restart] = found.kept;
  if (tenant !== owner) return null;
  const status = found.isAskedFor ? "pending" : (kept as DeliveryStatus);
  const nextAttemptAtMs = found.isAskedFor ? Date.now() : Number(next);
  return {
    id: deliveryId,
    jobId: jobId || null,
    event: event as StoredDelivery["event"],
    url,
    status,
    happenedAtMs: Number(happened),
    nextAttemptAtMs: status === "pending" ? nextAttemptAtMs : null,
    attempts: found.attempts.map((attempt) => JSON.parse(attempt) as DeliveryAttempt),
    restart: Number(restart),
  };
};

/** @throws {Problem} `not-found` where {@link findDelivery} finds none */
export const readDelivery = async (
  options: { redis: Redis; keys: RedisKeys },
  tenant: string,
  id: string,
): Promise<StoredDelivery> => {
  const delivery = await findDelivery(options, tenant, id);
  if (!delivery) throw new Problem("not-found", { detail: "There is no delivery with this id." });
  return delivery;
};
