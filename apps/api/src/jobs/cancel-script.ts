import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import { LEDGER_LUA, ledgerKeys } from "@semblance/shared/store/ledger";
import { PAYLOAD_GRACE_MS } from "@semblance/shared/store/payload-lifetime";
import type { Redis } from "ioredis";

export type CancelOutcome = "canceled" | "done" | "unknown";

const cancel = defineScript<CancelOutcome>(
  /* lua */ `${LEDGER_LUA}
local reservations, job, lock, canceled = KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local payload, result, metadata = KEYS[8], KEYS[9], KEYS[10]
local id, mark_ms, keep_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if redis.call('EXISTS', canceled) == 1 then return 'done' end
local data, timestamp, started, attempts, finished =
  unpack(redis.call('HMGET', job, 'data', 'timestamp', 'processedOn', 'atm', 'finishedOn'))
if not data then return 'unknown' end
if finished then return 'done' end

redis.call('HSET', canceled, 'data', data, 'timestamp', timestamp, 'finishedOn', now_ms(),
  'atm', (attempts or 0) + redis.call('EXISTS', lock))
if started then redis.call('HSET', canceled, 'processedOn', started) end
redis.call('PEXPIRE', canceled, mark_ms)
drop_texts(id, payload, result, metadata, keep_ms)
redis.call('ZREM', reservations, id)
return 'canceled'
`,
  (reply) => reply as CancelOutcome,
);

/**
 * Marks a job as canceled unless it has ended, in one Redis step. The mark keeps what is shown of the job, since a waiting
 * job is taken out of the queue afterwards; it outlives any attempt that still runs and whose outcome no longer counts.
 */
export const markCanceled = (
  redis: Redis,
  keys: RedisKeys,
  id: string,
  resultTtlMs: number,
): Promise<CancelOutcome> =>
  cancel(
    redis,
    [
      ...ledgerKeys(keys),
      keys.reservations,
      keys.queueJob(id),
      keys.queueLock(id),
      keys.canceled(id),
      keys.payload(id),
      keys.result(id),
      keys.metadata(id),
    ],
    [id, resultTtlMs + PAYLOAD_GRACE_MS, resultTtlMs],
  );
