import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";

/** How many of the list's next jobs are looked at: it holds those of workers that died, and those alone. */
const LOOKED_AT_MAX = 1_000;

const find = defineScript<number | null>(
  /* lua */ `
local wait, prioritized = KEYS[1], KEYS[2]
local length = redis.call('LLEN', wait)
local rank = redis.call('ZRANK', prioritized, ARGV[1])
if rank then return length + rank + 1 end
-- The next job in line stands at the list's tail.
local at = redis.call('LPOS', wait, ARGV[1], 'RANK', -1, 'MAXLEN', ${LOOKED_AT_MAX})
return at and length - at
`,
  (reply) => reply as number | null,
);

/** @returns the place that a job has in line, 1 for the next, in O(log n); `null` when it does not wait there */
export const readPosition = (redis: Redis, keys: RedisKeys, id: string): Promise<number | null> =>
  find(redis, [keys.queueWait, keys.queuePrioritized], [id]);
