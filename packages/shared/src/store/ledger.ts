import type { RedisKeys } from "../redis/keys.ts";

/**
 * What Redis keeps of a job beside its texts: BullMQ's hash and set entry, the ledger's own entries, the keys' overhead. About
 * 1,900 bytes as measured with Redis 7; the events that BullMQ keeps of all jobs together are bounded by themselves.
 */
export const JOB_RECORD_BYTES = 2_048;

/**
 * The ledger of stored bytes: how much each job's record, payload, metadata and result take, when that is gone by itself,
 * and the sum. One entry a job, so that putting and dropping it are idempotent.
 *
 * This is the part that scripts begin with; it expects {@link ledgerKeys} as their first three keys.
 */
export const LEDGER_LUA = /* lua */ `
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function ledger_drop(id)
  local bytes = redis.call('HGET', KEYS[1], id)
  if not bytes then return end
  redis.call('DECRBY', KEYS[3], bytes)
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
end

local function ledger_put(id, text_bytes, expires_at)
  local bytes = text_bytes + ${JOB_RECORD_BYTES}
  local before = tonumber(redis.call('HGET', KEYS[1], id) or '0')
  redis.call('INCRBY', KEYS[3], bytes - before)
  redis.call('HSET', KEYS[1], id, bytes)
  redis.call('ZADD', KEYS[2], expires_at, id)
end

-- What is left of a job that ended without a result is its record and its metadata.
local function drop_texts(id, payload, result, metadata, keep_ms)
  redis.call('DEL', payload, result)
  redis.call('PEXPIRE', metadata, keep_ms)
  ledger_put(id, redis.call('STRLEN', metadata), now_ms() + keep_ms)
end

-- A few at a time: no single call pays for a great expiry. Tells how many were dropped.
local function ledger_sweep(now)
  local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)
  for _, id in ipairs(gone) do ledger_drop(id) end
  return #gone
end
`;

export const ledgerKeys = (keys: RedisKeys): string[] => [
  keys.storedSizes,
  keys.storedExpiries,
  keys.storedTotal,
];
