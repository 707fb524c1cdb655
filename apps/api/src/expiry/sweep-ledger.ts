import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import { LEDGER_LUA, ledgerKeys } from "@semblance/shared/store/ledger";
import type { Redis } from "ioredis";

const ROUNDS_MAX = 20;
/** Entries that are looked at in one sweep, about. */
const LOOKED_AT = 100;

/**
 * KEYS: those of the ledger, reservations. ARGV: what the keys of jobs, marks, payloads, metadata and results begin with, the cursor, how many
 * to look at.
 */
const sweep = defineScript<string>(
  /* lua */ `${LEDGER_LUA}
local now, rounds = now_ms(), ${ROUNDS_MAX}
while rounds > 0 and ledger_sweep(now) > 0 do rounds = rounds - 1 end

local jobs, marks, payloads, metadata, results, cursor, count = unpack(ARGV)
local scanned = redis.call('HSCAN', KEYS[1], cursor, 'COUNT', count)
for i = 1, #scanned[2], 2 do
  local id = scanned[2][i]
  local is_known = redis.call('EXISTS', jobs .. id, marks .. id) > 0 or redis.call('ZSCORE', KEYS[4], id)
  if not is_known then
    redis.call('DEL', payloads .. id, metadata .. id, results .. id)
    ledger_drop(id)
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
export const sweepLedger = (redis: Redis, keys: RedisKeys, cursor: string): Promise<string> =>
  sweep(
    redis,
    [...ledgerKeys(keys), keys.reservations],
    [
      keys.queueJobPrefix,
      keys.endMark(""),
      keys.payload(""),
      keys.metadata(""),
      keys.result(""),
      cursor,
      LOOKED_AT,
    ],
  );
