import { defineScript } from "@semblance/shared/redis/define-script";
import { JOB_RECORD_BYTES, LEDGER_LUA } from "@semblance/shared/store/ledger";
import { DEPTH_LUA } from "./depth.ts";

/** How much of what has expired one admission clears when room is short; the expiry sweep does the rest. */
const SWEEP_ROUNDS_MAX = 20;

export type Admitted =
  | { outcome: "admitted"; depth: number }
  | { outcome: "queue_full"; depth: number }
  | { outcome: "store_full"; bytes: number };

/**
 * Admission, one Redis step: clears what crashed admissions left, holds depth and stored bytes against their limits, and
 * if both have room reserves a place, and the bytes of a payload that is still to come.
 *
 * KEYS: those of the ledger, those of the depth, metadata, start deadlines. ARGV as they are named at the top.
 */
export const admit = defineScript<Admitted>(
  /* lua */ `${LEDGER_LUA}${DEPTH_LUA}
local metadata, start_deadlines = KEYS[9], KEYS[10]
local id, job_prefix, payload_prefix, metadata_prefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local depth_max, store_bytes_max = tonumber(ARGV[5]), tonumber(ARGV[6])
local reservation_ms, payload_ms = tonumber(ARGV[7]), tonumber(ARGV[8])
local metadata_json, start_before, text_bytes = ARGV[9], ARGV[10], tonumber(ARGV[11])

local now = now_ms()
ledger_sweep(now)
local added, live, lapsed = read_reservations(job_prefix, now)
for _, done in ipairs(added) do redis.call('ZREM', KEYS[4], done) end
for _, lost in ipairs(lapsed) do
  redis.call('DEL', payload_prefix .. lost, metadata_prefix .. lost)
  redis.call('ZREM', KEYS[4], lost)
  ledger_drop(lost)
end

local depth = #live + waiting_jobs()
-- The connection broke after this very admission and it was sent again.
if redis.call('ZSCORE', KEYS[4], id) then return {'admitted', depth} end
if depth >= depth_max then return {'queue_full', depth} end

local bytes = text_bytes + #metadata_json
local function stored_bytes() return tonumber(redis.call('GET', KEYS[3]) or '0') end
local function fits() return stored_bytes() + bytes + ${JOB_RECORD_BYTES} <= store_bytes_max end
local rounds = ${SWEEP_ROUNDS_MAX}
while rounds > 0 and not fits() and ledger_sweep(now) > 0 do rounds = rounds - 1 end
if not fits() then return {'store_full', stored_bytes()} end

if metadata_json ~= '' then redis.call('SET', metadata, metadata_json, 'PX', payload_ms) end
ledger_put(id, bytes, now + payload_ms)
redis.call('ZADD', KEYS[4], now + reservation_ms, id)
redis.call('ZADD', start_deadlines, start_before, id)
return {'admitted', depth + 1}
`,
  (reply) => {
    const [outcome, value] = reply as [Admitted["outcome"], number];
    return outcome === "store_full" ? { outcome, bytes: value } : { outcome, depth: value };
  },
);

/**
 * Takes an admission back whose job was not added, as far as its API knows. KEYS: those of the ledger, reservations, payload,
 * metadata, result, job.
 */
export const abandon = defineScript<void>(
  /* lua */ `${LEDGER_LUA}
-- It was added after all: it runs, or has its result.
if redis.call('EXISTS', KEYS[7]) == 1 or redis.call('EXISTS', KEYS[8]) == 1 then return end
redis.call('DEL', KEYS[5], KEYS[6])
redis.call('ZREM', KEYS[4], ARGV[1])
ledger_drop(ARGV[1])
`,
  () => undefined,
);
