import type { Redis } from "ioredis";
import { defineScript } from "../redis/define-script.ts";
import type { RedisKeys } from "../redis/keys.ts";

/** What a tenant has that never rotated. */
const FIRST_VERSION = 1;
/** How long a secret goes on signing beside the one that took its place. */
export const OVERLAP_MS = 24 * 3_600_000;
/** Each of them is one more signature in the header of every webhook. */
export const OLDER_VERSIONS_MAX = 4;

/** Redis has those that were replaced in the same millisecond in the order of their texts. */
const newestFirst = (versions: string[]): number[] => versions.map(Number).sort((a, b) => b - a);

/**
 * The versions of a tenant's secret that sign at this time, the current one first.
 *
 * @param now ms since the epoch
 */
export const readSecretVersions = async (
  redis: Redis,
  keys: RedisKeys,
  tenant: string,
  now: number,
): Promise<number[]> => {
  const versions = await redis.zrange(keys.secretVersions(tenant), `(${now}`, "+inf", "BYSCORE");
  return versions.length === 0 ? [FIRST_VERSION] : newestFirst(versions);
};

export type Rotation =
  /** Those that sign now, the new one first. */
  | { versions: number[] }
  /** As many older ones sign as may: for how long until one of them lapses. */
  | { retryAfterMs: number };

const rotate = defineScript<Rotation>(
  /* lua */ `
local versions = KEYS[1]
local now, replaced_until, older_max, first = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
redis.call('ZREMRANGEBYSCORE', versions, '-inf', now)
if redis.call('ZCARD', versions) > older_max then
  return redis.call('ZRANGE', versions, 0, 0, 'WITHSCORES')[2] - now
end
local current = redis.call('ZRANGE', versions, -1, -1)[1] or first
redis.call('ZADD', versions, replaced_until, current, '+inf', current + 1)
return redis.call('ZRANGE', versions, 0, -1)
`,
  (reply) =>
    typeof reply === "number" ? { retryAfterMs: reply } : { versions: newestFirst(reply as string[]) },
);

/**
 * Gives a tenant a new secret. The one before goes on signing for a day, so that receivers can be told of the new one meanwhile.
 *
 * @param now ms since the epoch
 */
export const rotateSecret = (redis: Redis, keys: RedisKeys, tenant: string, now: number): Promise<Rotation> =>
  rotate(redis, [keys.secretVersions(tenant)], [now, now + OVERLAP_MS, OLDER_VERSIONS_MAX, FIRST_VERSION]);
