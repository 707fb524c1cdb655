import { QUEUE_EVENTS_MAX } from "@semblance/shared/queue/queue-events-max";
import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import { END_REASONS, type EndCode } from "@semblance/shared/store/end-mark";
import { LEDGER_LUA, ledgerKeys } from "@semblance/shared/store/ledger";
import { PAYLOAD_GRACE_MS } from "@semblance/shared/store/payload-lifetime";
import type { Redis } from "ioredis";

/**
 * `ended`: by this call, and the job is to be taken out of the queue. `told`: by this call, and the worker that holds the job will
 * end it there. `marked` and `held`: the same, by an earlier call. `done`: it had ended before. `started`: too late to
 * expire. `pending`: it is just being accepted. `unknown`: there is no such job.
 */
export type EndOutcome = "ended" | "told" | "marked" | "held" | "done" | "started" | "pending" | "unknown";

/**
 * The mark keeps the fields that are shown of the job, under BullMQ's own names. The id stays among the start deadlines until
 * the job is out of the queue: a sweep takes out what a crash left there.
 */
const mark = defineScript<EndOutcome>(
  /* lua */ `${LEDGER_LUA}
local reservations, job, lock, end_mark = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local payload, result, metadata, start_deadlines, events = KEYS[10], KEYS[11], KEYS[12], KEYS[13], KEYS[14]
local id, code, reason, cancels = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local mark_ms, keep_ms, delivery_ttl_ms = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local data, timestamp, started, attempts, finished, failures, stalls =
  unpack(redis.call('HMGET', job, 'data', 'timestamp', 'processedOn', 'atm', 'finishedOn', 'stacktrace', 'stc'))
local is_held = redis.call('EXISTS', lock) == 1
if redis.call('EXISTS', end_mark) == 1 then
  if not data or finished then return 'done' end
  return is_held and 'held' or 'marked'
end
if not data then return redis.call('HEXISTS', reservations, id) == 1 and 'pending' or 'unknown' end
if finished then return 'done' end
if code == 'expired' and not redis.call('ZSCORE', start_deadlines, id) then return 'started' end

-- Without the texts, where the job has them itself.
local facts = cjson.decode(data)
facts.payload = nil
-- A webhook is made from the mark, however late a worker comes to it.
if redis.call('HEXISTS', job, 'parentKey') == 1 then mark_ms = math.max(mark_ms, delivery_ttl_ms) end
local now = now_ms()
-- First, since it begins with a write that needs no memory: Redis out of memory lets the others of the script through.
drop_texts(id, payload, result, metadata, keep_ms)
redis.call('ZADD', KEYS[2], now + mark_ms, id)
-- The attempt that it ends.
local ended = is_held and code == 'canceled' and 1 or 0
redis.call('HSET', end_mark, 'data', cjson.encode(facts), 'timestamp', timestamp, 'finishedOn', now, 'failedReason', reason,
  'atm', (attempts or 0) + ended)
failures = failures and cjson.decode(failures) or {}
if ended == 1 then failures[#failures + 1] = reason end
if #failures > 0 then redis.call('HSET', end_mark, 'stacktrace', cjson.encode(failures)) end
if stalls then redis.call('HSET', end_mark, 'stc', stalls) end
if started then redis.call('HSET', end_mark, 'processedOn', started) end
redis.call('PEXPIRE', end_mark, mark_ms)
redis.call('HDEL', reservations, id)
redis.call('ZADD', start_deadlines, now, id)
if code == 'canceled' then redis.call('PUBLISH', cancels, id) end
redis.call('XADD', events, 'MAXLEN', '~', ${QUEUE_EVENTS_MAX}, '*', 'event', 'ended-from-outside', 'jobId', id)
return is_held and 'told' or 'ended'
`,
  (reply) => reply as EndOutcome,
);

export interface EndOptions {
  /** How long what is left of the job is shown. */
  resultTtlMs: number;
  /** How long its webhook may take to be made. */
  deliveryTtlMs: number;
}

/**
 * Marks a job as ended from outside, in one Redis step: canceled unless it has ended, or expired unless it has started. The
 * mark outranks whatever becomes of the job afterwards, and outlives any attempt that still runs. A worker that runs a
 * canceled job is told.
 */
export const markEnded = (
  redis: Redis,
  keys: RedisKeys,
  id: string,
  code: EndCode,
  { resultTtlMs, deliveryTtlMs }: EndOptions,
): Promise<EndOutcome> =>
  mark(
    redis,
    [
      ...ledgerKeys(keys),
      keys.reservations,
      keys.queueJob(id),
      keys.queueLock(id),
      keys.endMark(id),
      keys.payload(id),
      keys.result(id),
      keys.metadata(id),
      keys.startDeadlines,
      keys.queueEvents,
    ],
    [id, code, END_REASONS[code], keys.cancels, resultTtlMs + PAYLOAD_GRACE_MS, resultTtlMs, deliveryTtlMs],
  );
