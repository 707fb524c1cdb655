import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import { LEDGER_LUA, ledgerKeys } from "@semblance/shared/store/ledger";
import type { Redis } from "ioredis";
import { DEPTH_LUA, depthKeys } from "../admission/depth.ts";

export interface QueueReading {
  depth: number;
  running: number;
  workers: number;
  oldestWaitMs: number | null;
  /** Jobs that ended in the last 10 s. */
  endedIn10S: number;
  /** Jobs that ended in the last 60 s. */
  endedIn60S: number;
  /** What is stored of all jobs, or has its room reserved. */
  storeBytes: number;
  /** Webhooks that can be taken, that wait for their next attempt, and that are being sent. */
  deliveries: { ready: number; delayed: number; active: number };
}

const read = defineScript<QueueReading>(
  /* lua */ `${LEDGER_LUA}${DEPTH_LUA}
local active, completed, failed, workers = KEYS[11], KEYS[12], KEYS[13], KEYS[14]
local deliveries_wait, deliveries_delayed, deliveries_active = KEYS[15], KEYS[16], KEYS[17]
local job_prefix = ARGV[1]
local now = now_ms()

local function ended_since(ms)
  return redis.call('ZCOUNT', completed, now - ms, '+inf') + redis.call('ZCOUNT', failed, now - ms, '+inf')
end

-- The next job in line stands at the list's tail.
local oldest = redis.call('LINDEX', KEYS[7], -1) or redis.call('ZRANGE', KEYS[9], 0, 0)[1]
local since = oldest and redis.call('HGET', job_prefix .. oldest, 'timestamp')
local _, live = read_reservations(job_prefix, now)
return {
  #live + waiting_jobs(),
  redis.call('LLEN', active),
  redis.call('ZCOUNT', workers, now, '+inf'),
  since and math.max(0, now - since) or -1,
  ended_since(10000),
  ended_since(60000),
  tonumber(redis.call('GET', KEYS[3]) or 0),
  redis.call('LLEN', deliveries_wait),
  redis.call('ZCARD', deliveries_delayed),
  redis.call('LLEN', deliveries_active)
}
`,
  (reply) => {
    const [depth, running, workers, oldestWaitMs, endedIn10S, endedIn60S, storeBytes, ready, delayed, sent] =
      reply as [number, number, number, number, number, number, number, number, number, number];
    return {
      depth,
      running,
      workers,
      oldestWaitMs: oldestWaitMs < 0 ? null : oldestWaitMs,
      endedIn10S,
      endedIn60S,
      storeBytes,
      deliveries: { ready, delayed, active: sent },
    };
  },
);

/** The state of the queue, read in one Redis step without a scan of its jobs. */
export const readQueue = (redis: Redis, keys: RedisKeys): Promise<QueueReading> =>
  read(
    redis,
    [
      ...ledgerKeys(keys),
      ...depthKeys(keys),
      keys.queueActive,
      keys.queueCompleted,
      keys.queueFailed,
      keys.workers,
      keys.deliveriesWait,
      keys.deliveriesDelayed,
      keys.deliveriesActive,
    ],
    [keys.queueJobPrefix],
  );
