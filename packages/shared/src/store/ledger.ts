import type { RedisKeys } from "../redis/keys.ts";

/**
 * What Redis keeps of a job beside its texts: BullMQ's hash and set entry, the ledger's own entries, the keys' overhead. About
 * 2,250 bytes as measured with Redis 7; the events that BullMQ keeps of all jobs together are bounded by themselves.
 */
export const JOB_RECORD_BYTES = 2_304;

/** What an idempotency record takes, its ledger entry included: about 365 bytes. */
export const IDEMPOTENCY_RECORD_BYTES = 384;

/**
 * The ledger of stored bytes: how much each job's record, payload, metadata and result take, when that is gone by itself,
 * and the sums, of all and by tenant. One entry a job, so that opening, ending and dropping it are idempotent. As long as it is
 * there the job stands in its tenant's index, and counts among the tenant's open jobs until it is ended.
 *
 * This is the part that scripts begin with; it expects {@link ledgerKeys} as their first five keys.
 */
export const LEDGER_LUA = /* lua */ `
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Tells the bytes, the state and the tenant of an entry.
local function ledger_read(id)
  local entry = redis.call('HGET', KEYS[1], id)
  if not entry then return 0, 'none', '' end
  local bytes, state, tenant = string.match(entry, '^(%d+):(%a+):(.*)$')
  return tonumber(bytes), state, tenant
end

-- For what is no open job, or no longer.
local function ledger_write(id, bytes, tenant, expires_at)
  local before, was, owner = ledger_read(id)
  if was ~= 'none' then tenant = owner end
  redis.call('INCRBY', KEYS[3], bytes - before)
  redis.call('HSET', KEYS[1], id, bytes .. ':ended:' .. tenant)
  redis.call('ZADD', KEYS[2], expires_at, id)
  if tenant == '' then return end
  redis.call('HINCRBY', KEYS[4], 'bytes:' .. tenant, bytes - before)
  if was == 'open' then redis.call('HINCRBY', KEYS[4], 'jobs:' .. tenant, -1) end
end

-- For a job that has no entry yet.
local function ledger_open(id, tenant, text_bytes, expires_at)
  local bytes = text_bytes + ${JOB_RECORD_BYTES}
  redis.call('INCRBY', KEYS[3], bytes)
  redis.call('HSET', KEYS[1], id, bytes .. ':open:' .. tenant)
  redis.call('ZADD', KEYS[2], expires_at, id)
  redis.call('HINCRBY', KEYS[4], 'bytes:' .. tenant, bytes)
  redis.call('HINCRBY', KEYS[4], 'jobs:' .. tenant, 1)
  redis.call('ZADD', KEYS[5], 0, tenant .. ':' .. id)
end

local function ledger_end(id, text_bytes, expires_at)
  ledger_write(id, text_bytes + ${JOB_RECORD_BYTES}, '', expires_at)
end

local function ledger_drop(id)
  local bytes, state, tenant = ledger_read(id)
  redis.call('ZREM', KEYS[2], id)
  if state == 'none' then return end
  redis.call('DECRBY', KEYS[3], bytes)
  redis.call('HDEL', KEYS[1], id)
  if tenant == '' then return end
  redis.call('ZREM', KEYS[5], tenant .. ':' .. id)
  redis.call('HINCRBY', KEYS[4], 'bytes:' .. tenant, -bytes)
  if state == 'open' then redis.call('HINCRBY', KEYS[4], 'jobs:' .. tenant, -1) end
end

-- What is left of a job that ended without a result is its record and its metadata.
local function drop_texts(id, payload, result, metadata, keep_ms)
  redis.call('DEL', payload, result)
  redis.call('PEXPIRE', metadata, keep_ms)
  ledger_end(id, redis.call('STRLEN', metadata), now_ms() + keep_ms)
end

-- A few at a time: no single call pays for a great expiry. Tells how many were dropped.
local function ledger_sweep(now)
  local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)
  for _, id in ipairs(gone) do ledger_drop(id) end
  return #gone
end
`;

export const ledgerKeys = (keys: RedisKeys): string[] => [
  keys.ledgerEntries,
  keys.ledgerExpiries,
  keys.ledgerTotal,
  keys.tenantUse,
  keys.jobIndex,
];
