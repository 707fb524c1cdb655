import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";

/** Between two deliveries that wait for the same receiver: they come back one after another, and take nobody else's time. */
const SLOT_MS = 2;
/** When a receiver is at as many deliveries as it may be, the next one looks again no sooner than this. */
const BUSY_MS = 25;
const RECEIVER_KEPT_MS = 24 * 3_600_000;

/**
 * Whether a delivery may be sent now. `go`: it is, and holds a place at its receiver until it is settled or the lease is over. `later`: its
 * time has not come, or its receiver is busy or parked. `superseded`: it was asked to be sent again, by another job. `ended`: nothing is
 * left to do. `unknown`: nothing is kept of it; `deleted`: with its job.
 */
export type Claim =
  | { outcome: "go"; made: number; attemptsMax: number | null; isLast: boolean; body: Buffer }
  | { outcome: "later"; atMs: number }
  | { outcome: "superseded" | "ended" | "unknown" | "deleted" };

export interface ClaimRequest {
  id: string;
  tenant: string;
  host: string;
  restart: number;
  nowMs: number;
}

export interface ClaimOptions {
  /** Deliveries that may be sent to one host at once. */
  hostConcurrency: number;
  /** What an attempt may take at the very most. */
  leaseMs: number;
  /** However its receiver fares, a delivery gets its last attempt so long after its start. */
  deadlineMs: number;
  /** Failures in a row after which a receiver is parked. */
  parkAfter: number;
  firstDelayMs: number;
  ttlMs: number;
}

const claim = defineScript<Claim>(
  /* lua */ `
local delivery, sending, receiver, expiries = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, restart, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local host_max, lease_ms, deadline_ms = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local park_after, first_delay_ms, ttl_ms = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local kept = redis.call('HMGET', delivery, 'deleted', 'restart', 'status', 'next', 'started', 'made', 'max')
if kept[1] then return {'deleted'} end
if not kept[2] then return {'unknown'} end
local newest, status, next_at, started = tonumber(kept[2]), kept[3], tonumber(kept[4]), tonumber(kept[5])
local made, attempts_max = kept[6], kept[7]
if restart < newest then return {'superseded'} end
if restart > newest then
  status, next_at, started, made = 'pending', now + first_delay_ms, now, '0'
  redis.call('HSET', delivery, 'restart', restart, 'status', status, 'next', next_at, 'started', started, 'made', made)
  redis.call('PEXPIRE', delivery, ttl_ms)
  redis.call('ZADD', expiries, 'XX', now + ttl_ms, id)
end
if status ~= 'pending' then return {'ended'} end
if next_at > now then return {'later', next_at} end

local deadline = started + deadline_ms
local state = redis.call('HMGET', receiver, 'parked', 'failures')
local parked, failures = tonumber(state[1] or '0'), tonumber(state[2] or '0')
-- Two lines: who waits for the pause to be over takes no turn of those that wait for a place.
local function defer(from, line)
  local at = math.max(from, tonumber(redis.call('HGET', receiver, line) or '0')) + ${SLOT_MS}
  redis.call('HSET', receiver, line, at)
  redis.call('PEXPIRE', receiver, at - now + ${RECEIVER_KEPT_MS})
  if deadline > now then at = math.min(at, deadline) end
  redis.call('HSET', delivery, 'next', at)
  return {'later', at}
end
-- What somebody asks to be sent is sent, whatever is known of the receiver.
local is_asked_for = made == '0' and (restart > 0 or attempts_max ~= '')
if parked > now and deadline > now and not is_asked_for then return defer(parked, 'parked_slot') end
redis.call('ZREMRANGEBYSCORE', sending, '-inf', now)
-- Its own place is that of a worker that died.
redis.call('ZREM', sending, id)
if redis.call('ZCARD', sending) >= host_max then return defer(now + ${BUSY_MS}, 'slot') end
redis.call('ZADD', sending, now + lease_ms, id)
redis.call('PEXPIRE', sending, lease_ms)
-- One tries whether the receiver is back, and the others wait for what comes of it.
if failures >= park_after then redis.call('HSET', receiver, 'parked', math.max(parked, now + lease_ms)) end
return {'go', made, attempts_max, deadline <= now and '1' or '0', redis.call('HGET', delivery, 'body')}
`,
  (reply) => {
    const [outcome, ...rest] = reply as [Buffer, ...unknown[]];
    switch (String(outcome)) {
      case "go": {
        const [made, attemptsMax, isLast, body] = rest as [Buffer, Buffer, Buffer, Buffer];
        return {
          outcome: "go",
          made: Number(made),
          attemptsMax: attemptsMax.length === 0 ? null : Number(attemptsMax),
          isLast: String(isLast) === "1",
          body,
        };
      }
      case "later":
        return { outcome: "later", atMs: Number(rest[0]) };
      default:
        return { outcome: String(outcome) as "ended" };
    }
  },
  { asBuffers: true },
);

/** Claims a place for a delivery's next attempt at its receiver, in one Redis step, across all workers. */
export const claimDelivery = (
  redis: Redis,
  keys: RedisKeys,
  { id, tenant, host, restart, nowMs }: ClaimRequest,
  options: ClaimOptions,
): Promise<Claim> =>
  claim(
    redis,
    [keys.delivery(id), keys.sending(host), keys.receiver(tenant, host), keys.ledgerExpiries],
    [
      id,
      restart,
      nowMs,
      options.hostConcurrency,
      options.leaseMs,
      options.deadlineMs,
      options.parkAfter,
      options.firstDelayMs,
      options.ttlMs,
    ],
  );
