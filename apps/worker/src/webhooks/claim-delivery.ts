import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";

/**
 * Between two deliveries that wait for the same receiver: they come back one after another, twice as often as it has a place for them, and take
 * nobody else's time.
 */
const SLOT_MS = { min: 2, max: 100 };
/** When a receiver is at as many deliveries as it may be, the next one looks again no sooner than this. */
const BUSY_MS = 25;
/** Of a host's places. */
const TENANT_SHARE = 0.8;
/** For so long a tenant that found no place is left one. */
const WANTED_MS = 5_000;
export const RECEIVER_KEPT_MS = 24 * 3_600_000;

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
  /** Deliveries that may be sent to one host at once; one tenant gets four in five of them where another finds no place. */
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
local delivery, sending, receiver, expiries, wanted = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, restart, now, tenant, place = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[10], ARGV[11]
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
local state = redis.call('HMGET', receiver, 'parked', 'failures', 'duration')
local parked, failures, duration = tonumber(state[1] or '0'), tonumber(state[2] or '0'), tonumber(state[3] or '0')
-- Two lines: who waits for the pause to be over takes no turn of those that wait for a place.
local function defer(from, line)
  local slot_ms = math.max(${SLOT_MS.min}, math.min(${SLOT_MS.max}, math.floor(duration / math.max(1, host_max) / 2)))
  local at = math.max(from, tonumber(redis.call('HGET', receiver, line) or '0')) + slot_ms
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
redis.call('ZREM', sending, place)
local places, own = redis.call('ZRANGE', sending, 0, -1), 0
for _, taken in ipairs(places) do
  if string.sub(taken, 1, #tenant + 1) == tenant .. ':' then own = own + 1 end
end
local wanted_by, own_max = redis.call('GET', wanted), host_max
if wanted_by and wanted_by ~= tenant then own_max = math.max(1, math.floor(host_max * ${TENANT_SHARE})) end
if #places >= host_max or own >= own_max then
  if own == 0 and host_max > 0 then redis.call('SET', wanted, tenant, 'PX', ${WANTED_MS}) end
  return defer(now + ${BUSY_MS}, 'slot')
end
redis.call('ZADD', sending, now + lease_ms, place)
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

/** What a place at a host is called while this attempt has it. */
export const placeOf = ({ tenant, id, restart }: Pick<ClaimRequest, "tenant" | "id" | "restart">): string =>
  `${tenant}:${id}:${restart}`;

/** Claims a place for a delivery's next attempt at its receiver, in one Redis step, across all workers. */
export const claimDelivery = (
  redis: Redis,
  keys: RedisKeys,
  request: ClaimRequest,
  options: ClaimOptions,
): Promise<Claim> => {
  const { id, tenant, host, restart, nowMs } = request;
  return claim(
    redis,
    [
      keys.delivery(id),
      keys.sending(host),
      keys.receiver(tenant, host),
      keys.ledgerExpiries,
      keys.wantedBy(host),
    ],
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
      tenant,
      placeOf(request),
    ],
  );
};
