import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import { LEDGER_LUA, ledgerKeys } from "@semblance/shared/store/ledger";
import type { Redis } from "ioredis";

const ROUNDS_MAX = 20;
/** Entries that are looked at in one sweep, about. */
const LOOKED_AT = 100;

/**
 * KEYS: those of the ledger, reservations. ARGV: what the keys of jobs, marks, payloads, metadata, results, deliveries and their BullMQ jobs begin
 * with, the cursor, how many to look at, how long what is left of an ended job is kept.
 */
const sweep = defineScript<string>(
  /* lua */ `${LEDGER_LUA}
local now, rounds = now_ms(), ${ROUNDS_MAX}
while rounds > 0 and ledger_sweep(now) > 0 do rounds = rounds - 1 end

local jobs, marks, payloads, metadata, results, deliveries, delivery_jobs, cursor, count, keep_ms = unpack(ARGV)
local function is_known(id)
  local kind = string.sub(id, 1, 4)
  if kind == 'key:' then return true end
  if kind == 'dlv_' then
    local job = 'job_' .. string.sub(id, 5)
    return redis.call('EXISTS', deliveries .. id, delivery_jobs .. id) > 0 or redis.call('HEXISTS', KEYS[6], job) == 1
  end
  return redis.call('EXISTS', jobs .. id, marks .. id) > 0 or redis.call('HEXISTS', KEYS[6], id) == 1
end
local scanned = redis.call('HSCAN', KEYS[1], cursor, 'COUNT', count)
for i = 1, #scanned[2], 2 do
  local id = scanned[2][i]
  if not is_known(id) then
    redis.call('DEL', payloads .. id, metadata .. id, results .. id)
    ledger_drop(id)
  -- It ended, and Redis was away when that was to be noted.
  elseif string.find(scanned[2][i + 1], ':open:', 1, true) and redis.call('HEXISTS', jobs .. id, 'finishedOn') == 1 then
    drop_texts(id, payloads .. id, results .. id, metadata .. id, tonumber(keep_ms))
  end
end
return scanned[1]
`,
  (reply) => String(reply),
);

/**
 * Takes off the ledger of stored bytes what has expired by itself, a few thousand entries at the most, and what is counted of jobs that there
 * are no more, whatever crash left it, a hundred at a time.
 *
 * @param cursor what the sweep before has returned; "0" for the first one
 * @returns where the next one is to go on
 */
export const sweepLedger = (
  redis: Redis,
  keys: RedisKeys,
  cursor: string,
  resultTtlMs: number,
): Promise<string> =>
  sweep(
    redis,
    [...ledgerKeys(keys), keys.reservations],
    [
      keys.queueJobPrefix,
      keys.endMark(""),
      keys.payload(""),
      keys.metadata(""),
      keys.result(""),
      keys.delivery(""),
      keys.deliveryJob(""),
      cursor,
      LOOKED_AT,
      resultTtlMs,
    ],
  );
