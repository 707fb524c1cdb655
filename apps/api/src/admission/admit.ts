import { defineScript } from "@semblance/shared/redis/define-script";
import { IDEMPOTENCY_RECORD_BYTES, JOB_RECORD_BYTES, LEDGER_LUA } from "@semblance/shared/store/ledger";
import { DEPTH_LUA } from "./depth.ts";
import { FAIR_TAGS_LUA } from "./fair-tags.ts";

/** How much of what has expired one admission clears when room is short; the expiry sweep does the rest. */
const SWEEP_ROUNDS_MAX = 20;

/** How long an idempotency key is known. */
export const IDEMPOTENCY_MS = 24 * 3_600_000;

/**
 * What became of one job. `replayed`: its idempotency key stands for a job that was accepted before; `pending`: for one that is just being
 * accepted; `gone`: for one that is no longer kept; `mismatch`: for one with another body.
 */
export type Admitted =
  | { outcome: "admitted"; startTag: number }
  | { outcome: "replayed"; id: string }
  | { outcome: "pending"; lapsesInMs: number }
  | { outcome: "gone" | "mismatch" }
  | { outcome: "queue_full"; depth: number }
  | { outcome: "store_full"; bytes: number }
  | { outcome: "tenant_jobs_full"; jobs: number }
  | { outcome: "tenant_bytes_full"; bytes: number };

/** A part of scripts: what idempotency keys stand for. Comes after the ledger's. */
export const IDEMPOTENCY_LUA = /* lua */ `
local function forget_key(prefix, name, id)
  if name == '' then return end
  local record = redis.call('GET', prefix .. name)
  if not record or string.match(record, '^[^:]+') ~= id then return end
  redis.call('DEL', prefix .. name)
  ledger_drop('key:' .. name)
end
`;

/**
 * Admission of some of a tenant's jobs, one Redis step: clears what crashed admissions left, looks up idempotency keys, holds the tenant's
 * share, stored bytes and depth against their limits, and for each job that has room reserves a place in its fair turn, and the
 * bytes of a payload that is still to come.
 *
 * KEYS: those of the ledger, of the depth, fair tags, active, start deadlines. ARGV as they are named at the top, then ten for each job.
 */
export const admit = defineScript<Admitted[]>(
  /* lua */ `${LEDGER_LUA}${DEPTH_LUA}${FAIR_TAGS_LUA}${IDEMPOTENCY_LUA}
local reservations, start_deadlines = KEYS[6], KEYS[13]
local job_prefix, mark_prefix, payload_prefix, metadata_prefix, key_prefix = unpack(ARGV, 1, 5)
local depth_max, store_bytes_max, reservation_ms = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local tenant, tenant_jobs_max, tenant_bytes_max = ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11])
local delivery_ttl_ms = tonumber(ARGV[12])

local now = now_ms()
ledger_sweep(now)
local added, live, lapsed = read_reservations(job_prefix, now)
correct_priorities(job_prefix, added)
for _, job in ipairs(added) do redis.call('HDEL', reservations, job.id) end
for _, lost in ipairs(lapsed) do
  redis.call('DEL', payload_prefix .. lost.id, metadata_prefix .. lost.id)
  redis.call('HDEL', reservations, lost.id)
  forget_key(key_prefix, lost.idempotency, lost.id)
  ledger_drop(lost.id)
  ledger_drop((string.gsub(lost.id, '^job_', 'dlv_')))
end

local depth = #live + waiting_jobs()
local now_v = rebase_if_due(job_prefix, live, now, reservation_ms)

local reserved = {}
for _, reservation in ipairs(live) do reserved[reservation.id] = reservation end

-- What a key stands for, unless it is free. A lapsed admission has taken its record along.
local function known(name, body_hash)
  local record = redis.call('GET', key_prefix .. name)
  if not record then return nil end
  local id, hash = string.match(record, '^([^:]+):(.*)$')
  if hash ~= body_hash then return {'mismatch'} end
  if redis.call('HEXISTS', mark_prefix .. id, 'deleted') == 1 then return {'gone'} end
  if redis.call('EXISTS', job_prefix .. id, mark_prefix .. id) > 0 then return {'replayed', id} end
  return reserved[id] and {'pending', reserved[id].expires_at - now} or {'gone'}
end

local stored_bytes, tenant_bytes, tenant_jobs
local function read_sums()
  stored_bytes = tonumber(redis.call('GET', KEYS[3]) or '0')
  local use = redis.call('HMGET', KEYS[4], 'bytes:' .. tenant, 'jobs:' .. tenant)
  tenant_bytes, tenant_jobs = tonumber(use[1] or '0'), tonumber(use[2] or '0')
end
read_sums()

-- Tells why so many bytes find no room, if they do not.
local function lack_of_room(bytes)
  if tenant_bytes + bytes > tenant_bytes_max then return {'tenant_bytes_full', tenant_bytes} end
  if stored_bytes + bytes > store_bytes_max then return {'store_full', stored_bytes} end
end

local function make_room(bytes)
  local rounds = ${SWEEP_ROUNDS_MAX}
  while rounds > 0 and lack_of_room(bytes) and ledger_sweep(now) > 0 do
    rounds = rounds - 1
    read_sums()
  end
  return lack_of_room(bytes)
end

local function admit_job(id, payload_ms, start_before, text_bytes, metadata_json, priority, name, body_hash, delivery, delivery_bytes)
  -- The connection broke after this very admission and it was sent again.
  if reserved[id] then return {'admitted', reserved[id].tag} end
  if name ~= '' then
    local reply = known(name, body_hash)
    if reply then return reply end
  end
  if tenant_jobs >= tenant_jobs_max then return {'tenant_jobs_full', tenant_jobs} end
  if depth >= depth_max then return {'queue_full', depth} end
  local bytes = text_bytes + #metadata_json
  local all_bytes = bytes + delivery_bytes + ${JOB_RECORD_BYTES} + (name ~= '' and ${IDEMPOTENCY_RECORD_BYTES} or 0)
  local lack = make_room(all_bytes)
  if lack then return lack end

  if metadata_json ~= '' then redis.call('SET', metadata_prefix .. id, metadata_json, 'PX', payload_ms) end
  if name ~= '' then
    redis.call('SET', key_prefix .. name, id .. ':' .. body_hash, 'PX', ${IDEMPOTENCY_MS})
    ledger_write('key:' .. name, ${IDEMPOTENCY_RECORD_BYTES}, tenant, now + ${IDEMPOTENCY_MS})
  end
  ledger_open(id, tenant, bytes, now + payload_ms)
  if delivery ~= '' then ledger_write(delivery, delivery_bytes, tenant, now + payload_ms + delivery_ttl_ms) end
  local tag = take_tag(now_v, tenant, priority, tenant_jobs)
  redis.call('HSET', reservations, id, (now + reservation_ms) .. ':' .. tag .. ':' .. name)
  redis.call('ZADD', start_deadlines, start_before, id)
  depth, tenant_jobs = depth + 1, tenant_jobs + 1
  stored_bytes, tenant_bytes = stored_bytes + all_bytes, tenant_bytes + all_bytes
  return {'admitted', tag}
end

local replies = {}
for i = 13, #ARGV, 10 do
  replies[#replies + 1] = admit_job(ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2], tonumber(ARGV[i + 3]),
    ARGV[i + 4], ARGV[i + 5], ARGV[i + 6], ARGV[i + 7], ARGV[i + 8], tonumber(ARGV[i + 9]))
end
return replies
`,
  (reply) =>
    (reply as [Admitted["outcome"], (number | string)?][]).map(([outcome, value]) => {
      switch (outcome) {
        case "admitted":
          return { outcome, startTag: value as number };
        case "replayed":
          return { outcome, id: value as string };
        case "pending":
          return { outcome, lapsesInMs: value as number };
        case "queue_full":
          return { outcome, depth: value as number };
        case "tenant_jobs_full":
          return { outcome, jobs: value as number };
        case "store_full":
        case "tenant_bytes_full":
          return { outcome, bytes: value as number };
        default:
          return { outcome };
      }
    }),
);

/**
 * Takes an admission back whose job was not added, as far as its API knows. KEYS: those of the ledger, reservations, payload,
 * metadata, result, job, delivery. ARGV: its id, what the keys of idempotency records begin with, the name of its own, its delivery.
 */
export const abandon = defineScript<void>(
  /* lua */ `${LEDGER_LUA}${IDEMPOTENCY_LUA}
local reservations, payload, metadata, result, job = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local id, key_prefix, name, delivery = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
-- It was added after all: it runs, or has its result, or is told of.
if redis.call('EXISTS', result, job, KEYS[11]) > 0 then return end
redis.call('DEL', payload, metadata)
redis.call('HDEL', reservations, id)
forget_key(key_prefix, name, id)
ledger_drop(id)
ledger_drop(delivery)
`,
  () => undefined,
);
