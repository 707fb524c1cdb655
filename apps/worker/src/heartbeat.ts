import { randomUUID } from "node:crypto";
import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";

const BEAT_MS = 5_000;
const LIFETIME_MS = 15_000;

const beat = defineScript<void>(
  /* lua */ `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if ARGV[2] == '0' then redis.call('ZREM', KEYS[1], ARGV[1])
else redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1]) end
`,
  () => undefined,
);

/**
 * Says in Redis, every few seconds, that this process takes jobs, for as long as it does.
 *
 * @returns what ends it
 */
export const startHeartbeat = (
  redis: Redis,
  keys: RedisKeys,
  isTaking: () => boolean,
  onError: (error: Error) => void,
) => {
  const id = randomUUID();
  const say = (lifetimeMs: number) => beat(redis, [keys.workers], [id, lifetimeMs]).catch(onError);
  const sayNow = () => say(isTaking() ? LIFETIME_MS : 0);
  const timer = setInterval(sayNow, BEAT_MS);
  const first = sayNow();
  return async () => {
    clearInterval(timer);
    await first;
    await say(0);
  };
};
