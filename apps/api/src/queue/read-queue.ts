import { QUEUE_TOTALS, type QueueTotal } from "@semblance/shared/queue/queue-totals";
import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import { LEDGER_LUA, ledgerKeys } from "@semblance/shared/store/ledger";
import type { Redis } from "ioredis";
import { DEPTH_LUA, depthKeys } from "../admission/depth.ts";

export interface QueueReading {
  depth: number;
  running: number;
  workers: number;
  /** Threads that these have for jobs. */
  threads: number;
  /** Workers that take no jobs, since they cannot start threads. */
  breakersOpen: number;
  oldestWaitMs: number | null;
  /** Jobs that ended in the last 10 s. */
  endedIn10S: number;
  /** Jobs that ended in the last 60 s. */
  endedIn60S: number;
  /** What is stored of all jobs, or has its room reserved. */
  storeBytes: number;
  /** Webhooks that can be taken, that wait for their next attempt, and that are being sent. */
  deliveries: { ready: number; delayed: number; active: number };
  totals: Record<QueueTotal, number>;
}

type Reply = [
  depth: number,
  running: number,
  workers: number,
  oldestWaitMs: number,
  endedIn10S: number,
  endedIn60S: number,
  storeBytes: number,
  deliveries: [ready: number, delayed: number, active: number],
  reports: [threads: number, breakersOpen: number],
  totals: (string | null)[],
];

const toTotals = (counts: (string | null)[]) =>
  Object.fromEntries(
    QUEUE_TOTALS.map((name, at) => [name, Number(counts[at] ?? 0)]),
  ) as QueueReading["totals"];

const read = defineScript<QueueReading>(
  /* lua */ `${LEDGER_LUA}${DEPTH_LUA}
local active, completed, failed, workers = KEYS[11], KEYS[12], KEYS[13], KEYS[14]
local deliveries_wait, deliveries_delayed, deliveries_active = KEYS[15], KEYS[16], KEYS[17]
local reports, totals = KEYS[18], KEYS[19]
local job_prefix = ARGV[1]
local now = now_ms()

local function ended_since(ms)
  return redis.call('ZCOUNT', completed, now - ms, '+inf') + redis.call('ZCOUNT', failed, now - ms, '+inf')
end

-- The next job in line stands at the list's tail.
local oldest = redis.call('LINDEX', KEYS[7], -1) or redis.call('ZRANGE', KEYS[9], 0, 0)[1]
local since = oldest and redis.call('HGET', job_prefix .. oldest, 'timestamp')
local threads, breakers_open = 0, 0
for _, report in ipairs(redis.call('ZRANGEBYSCORE', reports, now, '+inf')) do
  local count, is_open = string.match(report, '^(%d+):(%d):')
  if is_open == '1' then breakers_open = breakers_open + 1 else threads = threads + count end
end
local _, live = read_reservations(job_prefix, now)
return {
  #live + waiting_jobs(),
  redis.call('LLEN', active),
  redis.call('ZCOUNT', workers, now, '+inf'),
  since and math.max(0, now - since) or -1,
  ended_since(10000),
  ended_since(60000),
  tonumber(redis.call('GET', KEYS[3]) or 0),
  { redis.call('LLEN', deliveries_wait), redis.call('ZCARD', deliveries_delayed), redis.call('LLEN', deliveries_active) },
  { threads, breakers_open },
  redis.call('HMGET', totals, unpack(ARGV, 2))
}
`,
  (reply) => {
    const [depth, running, workers, oldestWaitMs, endedIn10S, endedIn60S, storeBytes, ...groups] =
      reply as Reply;
    const [[ready, delayed, active], [threads, breakersOpen], totals] = groups;
    return {
      depth,
      running,
      workers,
      threads,
      breakersOpen,
      oldestWaitMs: oldestWaitMs < 0 ? null : oldestWaitMs,
      endedIn10S,
      endedIn60S,
      storeBytes,
      deliveries: { ready, delayed, active },
      totals: toTotals(totals),
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
      keys.workerReports,
      keys.queueTotals,
    ],
    [keys.queueJobPrefix, ...QUEUE_TOTALS],
  );
