import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import { LEDGER_LUA, ledgerKeys } from "@semblance/shared/store/ledger";
import { ATTEMPTS_KEPT, type DeliveryAttempt, type DeliveryStatus } from "@semblance/shared/webhook/delivery";
import type { Redis } from "ioredis";
import { placeOf, RECEIVER_KEPT_MS } from "./claim-delivery.ts";

/**
 * How long a receiver is left alone that keeps failing, doubled with each failure, or that asks for it. No longer: what waits for it is sent only
 * when the pause is over, also when the receiver is back before.
 */
const PARK_MS = { min: 10_000, max: 60_000 };

/** What an attempt tells of the receiver: that it works, that it does not, or neither. */
export type ReceiverVerdict = "up" | "down" | "neither";

export interface Settlement {
  id: string;
  tenant: string;
  host: string;
  restart: number;
  nowMs: number;
  attempt: DeliveryAttempt;
  /** What the delivery is from now on. */
  status: DeliveryStatus;
  /** Of a pending one. */
  nextAttemptAtMs: number | null;
  receiver: ReceiverVerdict;
  /** The receiver asked to be left alone for so long; it is, within bounds. */
  pauseMs: number;
}

export interface SettleOptions {
  parkAfter: number;
  ttlMs: number;
}

/** `superseded`: another job drives it by now, or has ended it; `gone`: it was deleted, or its time to be kept is over. */
export type SettleOutcome = "settled" | "superseded" | "gone";

const settle = defineScript<SettleOutcome>(
  /* lua */ `${LEDGER_LUA}
local delivery, attempts, sending, receiver, undelivered = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local id, restart, now, attempt, status, next_at = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local verdict, pause_ms, park_after, ttl_ms = ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
-- The connection broke after this very step, and it was sent again.
if redis.call('LINDEX', attempts, -1) == attempt then return 'settled' end
redis.call('ZREM', sending, ARGV[11])
redis.call('HSET', receiver, 'duration', ARGV[12])
-- Those that wait for a place keep their turns, or they would come back all together, again and again.
if verdict == 'up' then redis.call('HDEL', receiver, 'failures', 'parked', 'parked_slot')
elseif verdict == 'down' then
  local failures = redis.call('HINCRBY', receiver, 'failures', 1)
  local park_ms = math.min(pause_ms, ${PARK_MS.max})
  if failures >= park_after then
    park_ms = math.max(park_ms, math.min(${PARK_MS.max}, ${PARK_MS.min} * 2 ^ math.min(failures - park_after, 30)))
  end
  local parked = tonumber(redis.call('HGET', receiver, 'parked') or '0')
  if park_ms > 0 then redis.call('HSET', receiver, 'parked', math.max(parked, now + park_ms)) end
end
redis.call('PEXPIRE', receiver, ${RECEIVER_KEPT_MS})

local kept = redis.call('HMGET', delivery, 'restart', 'deleted', 'happened', 'max', 'status')
if not kept[1] or kept[2] then return 'gone' end
local bytes = ledger_read(id)
bytes = bytes + #attempt
if redis.call('RPUSH', attempts, attempt) > ${ATTEMPTS_KEPT} then bytes = bytes - #redis.call('LPOP', attempts) end
redis.call('PEXPIRE', attempts, ttl_ms)
redis.call('PEXPIRE', delivery, ttl_ms)
ledger_write(id, bytes, '', now + ttl_ms)
-- A worker that stood still may come with what another has long put right.
if kept[1] ~= restart or (kept[5] ~= 'pending' and status ~= 'succeeded') then return 'superseded' end
redis.call('HINCRBY', delivery, 'made', 1)
redis.call('HSET', delivery, 'status', status, 'next', next_at)
if status ~= 'pending' then
  -- BullMQ's record of it goes.
  local job_bytes = redis.call('HGET', delivery, 'job_bytes')
  if job_bytes then
    redis.call('HDEL', delivery, 'job_bytes')
    ledger_write(id, math.max(0, bytes - job_bytes), '', now + ttl_ms)
  end
end
if status == 'succeeded' then redis.call('ZREM', undelivered, id)
-- Nobody misses a test.
elseif kept[4] == '' then
  redis.call('ZADD', undelivered, kept[3], id)
  -- Of those so old hardly any is kept, and whoever looks for them takes out the others that are not.
  redis.call('ZREMRANGEBYSCORE', undelivered, '-inf', now - 4 * ttl_ms)
  redis.call('PEXPIRE', undelivered, 2 * ttl_ms)
end
return 'settled'
`,
  (reply) => reply as SettleOutcome,
);

/** Notes what became of an attempt, of its delivery and of its receiver, in one Redis step; its place is free from then on. */
export const settleDelivery = (
  redis: Redis,
  keys: RedisKeys,
  settlement: Settlement,
  { parkAfter, ttlMs }: SettleOptions,
): Promise<SettleOutcome> => {
  const { id, tenant, host, restart, nowMs, attempt, status, nextAttemptAtMs, receiver, pauseMs } =
    settlement;
  return settle(
    redis,
    [
      ...ledgerKeys(keys),
      keys.delivery(id),
      keys.deliveryAttempts(id),
      keys.sending(host),
      keys.receiver(tenant, host),
      keys.undelivered(tenant),
    ],
    [
      id,
      restart,
      nowMs,
      JSON.stringify(attempt),
      status,
      nextAttemptAtMs ?? "",
      receiver,
      pauseMs,
      parkAfter,
      ttlMs,
      placeOf(settlement),
      Math.round(attempt.durationMs),
    ],
  );
};
