import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";

/** A sweeper that does not come back this long is replaced by another. */
const LEASE_MS = 3_000;
/** How many ids one call gives at the most. */
export const OVERDUE_MAX = 100;

const find = defineScript<string[] | null>(
  /* lua */ `
local sweeper, start_deadlines = KEYS[1], KEYS[2]
local me, lease_ms, jobs_max = ARGV[1], ARGV[2], ARGV[3]
local holder = redis.call('GET', sweeper)
if holder and holder ~= me then return false end
redis.call('SET', sweeper, me, 'PX', lease_ms)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZRANGEBYSCORE', start_deadlines, '-inf', now, 'LIMIT', 0, jobs_max)
`,
  (reply) => reply as string[] | null,
);

/**
 * Ids of jobs that should have started or left the queue by now, the longest overdue first; `null` while another process
 * sweeps. The caller is the sweeper for the next three seconds.
 *
 * @param me what the caller calls itself
 */
export const findOverdue = (redis: Redis, keys: RedisKeys, me: string): Promise<string[] | null> =>
  find(redis, [keys.sweeper, keys.startDeadlines], [me, LEASE_MS, OVERDUE_MAX]);
