import type { Redis } from "ioredis";
import type { ScoringFacts } from "../job/scoring-job.ts";
import { QUEUE_EVENTS_MAX } from "../queue/queue-events-max.ts";
import { defineScript } from "../redis/define-script.ts";
import type { RedisKeys } from "../redis/keys.ts";
import { LargeCommand } from "../redis/large-command.ts";
import { END_CODE_LUA, type EndCode } from "./end-mark.ts";
import { LEDGER_LUA, ledgerKeys } from "./ledger.ts";
import { type Payload, readPayload } from "./payload.ts";
import { PAYLOAD_GRACE_MS } from "./payload-lifetime.ts";

/**
 * What an attempt finds: nothing in its way, and what is to be scored, or that the job has it, or that it is large and to be asked for by
 * itself; an end from outside, a result that an earlier attempt stored, or no payload any more.
 */
export type AttemptStart = Payload | "inlined" | "large" | "scored" | "missing" | EndCode;

/** So many bytes of candidates come in the step that begins the attempt: Redis' Lua hashes each byte that passes through it. */
const BROUGHT_BYTES_MAX = 65_536;

/** What became of an attempt's result: a job that was ended from outside, or that another worker has by now, takes none. */
export type StoreOutcome = "stored" | "lost" | EndCode;

/** A result of more bytes is written as a draft, which the script puts in its place: no script is to see so much. */
export const LARGE_RESULT_BYTES_MIN = 65_536;
const DRAFT_MS = 60_000;

const isOutOfMemory = (error: unknown) => error instanceof Error && error.message.startsWith("OOM");

/**
 * The token that a job's lock has once its result is stored. So a completion with it is refused unless it is, and may be sent right after
 * the result without waiting for Redis. The next job that BullMQ gets with the completion is locked with it, hence there and back.
 */
export const completionToken = (token: string): string =>
  token.endsWith("+") ? token.slice(0, -1) : `${token}+`;

const beginAttempt = defineScript(
  /* lua */ `${LEDGER_LUA}${END_CODE_LUA}
local end_mark, payload, metadata, result, start_deadlines = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local id, lifetime_ms, brought_max, is_inlined = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local ended = end_code(end_mark)
if ended then return {ended} end
-- Only a job that no thread has begun stands there.
local start_before = tonumber(redis.call('ZSCORE', start_deadlines, id) or 'inf')
if start_before < now_ms() then return {'expired'} end
if redis.call('EXISTS', result) == 1 then return {'scored'} end
if not is_inlined and redis.call('PEXPIRE', payload, lifetime_ms) == 0 then return {'missing'} end
redis.call('PEXPIRE', metadata, lifetime_ms)
redis.call('ZADD', KEYS[2], 'XX', now_ms() + lifetime_ms, id)
if is_inlined then return {'inlined'} end
if redis.call('HSTRLEN', payload, 'candidates') > brought_max then return {'large'} end
return redis.call('HMGET', payload, 'envelope', 'candidates')
`,
  (reply): AttemptStart => {
    const [first, candidates] = reply as [Buffer, Buffer?];
    return candidates ? { envelope: first, candidates } : (String(first) as Exclude<AttemptStart, Payload>);
  },
  { asBuffers: true },
);

const noteStart = defineScript(
  /* lua */ `
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ${QUEUE_EVENTS_MAX}, '*', 'event', 'started', 'jobId', ARGV[1])
`,
  () => undefined,
);

const storeResult = defineScript(
  /* lua */ `${LEDGER_LUA}${END_CODE_LUA}
local end_mark, payload, metadata, result, lock = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[11]
local start_deadlines, reservations, job, draft = KEYS[10], KEYS[12], KEYS[13], KEYS[14]
local id, lifetime_ms, token, completion_token = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local bytes, facts = ARGV[5], ARGV[6]
local function refuse(why)
  redis.call('DEL', draft)
  return why
end
local ended = end_code(end_mark)
if ended then return refuse(ended) end
local holder = redis.call('GET', lock)
-- The completion's is there when the connection broke after this very step and it was sent again.
if holder ~= token and holder ~= completion_token then return refuse('lost') end
if bytes == '' and holder == token and redis.call('EXISTS', draft) == 0 then
  return redis.error_reply('ERR the draft of the result is gone')
end
-- In this order: after a write that needs no memory, Redis out of memory lets the others of a script through.
redis.call('DEL', payload)
local result_bytes = #bytes
if bytes ~= '' then redis.call('SET', result, bytes, 'PX', lifetime_ms)
else
  if holder == token then redis.call('RENAME', draft, result) end
  redis.call('PEXPIRE', result, lifetime_ms)
  result_bytes = redis.call('STRLEN', result)
end
redis.call('ZREM', start_deadlines, id)
-- The record may be dropped before the reservation lapses, which must not look alive then.
redis.call('HDEL', reservations, id)
-- What is shown of the job remains, and none of its texts.
redis.call('HSET', job, 'data', facts)
redis.call('SET', lock, completion_token, 'KEEPTTL')
local has_metadata = redis.call('PEXPIRE', metadata, lifetime_ms) == 1
ledger_end(id, result_bytes + (has_metadata and redis.call('STRLEN', metadata) or 0), now_ms() + lifetime_ms)
return 'stored'
`,
  (reply) => reply as StoreOutcome,
);

const endWithoutResult = defineScript(
  /* lua */ `${LEDGER_LUA}
local end_mark, payload, metadata, result, reservations, job = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[12], KEYS[13]
local id, keep_ms, facts, is_payload_kept = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4] == '1'
redis.call('HDEL', reservations, id)
-- The mark has dropped all that is not in the job, and is counted for longer.
local is_marked = redis.call('EXISTS', end_mark) == 1
if is_payload_kept and not is_marked then
  local inlined = math.max(0, redis.call('HSTRLEN', job, 'data') - #facts)
  local beside = redis.call('HSTRLEN', payload, 'envelope') + redis.call('HSTRLEN', payload, 'candidates')
  redis.call('DEL', result)
  redis.call('PEXPIRE', payload, keep_ms)
  redis.call('PEXPIRE', metadata, keep_ms)
  ledger_end(id, inlined + beside + redis.call('STRLEN', metadata), now_ms() + keep_ms)
  return
end
if not is_marked then drop_texts(id, payload, result, metadata, keep_ms) end
-- Its record may be gone already.
if redis.call('EXISTS', job) == 1 then redis.call('HSET', job, 'data', facts) end
`,
  () => undefined,
);

/**
 * What a worker does with a job's stored bytes, each in one Redis step.
 *
 * @param resultTtlMs how long results, and what else is shown of an ended job, are kept
 */
export const createAttemptStore = (redis: Redis, keys: RedisKeys, resultTtlMs: number) => {
  const jobKeys = (id: string) => [
    ...ledgerKeys(keys),
    keys.endMark(id),
    keys.payload(id),
    keys.metadata(id),
    keys.result(id),
    keys.startDeadlines,
    keys.queueLock(id),
    keys.reservations,
    keys.queueJob(id),
  ];
  return {
    /**
     * Looks what stands in the attempt's way; if nothing, renews the payload's lease, and reads it unless it is large.
     *
     * @param isInlined whether the job itself has its payload
     */
    begin: (id: string, isInlined: boolean): Promise<AttemptStart> =>
      beginAttempt(redis, jobKeys(id), [id, PAYLOAD_GRACE_MS, BROUGHT_BYTES_MAX, isInlined ? 1 : 0]),

    /** Reads a large payload; `null` when it is gone. */
    readPayload: (id: string): Promise<Payload | null> => readPayload(redis, keys, id),

    /** Notes that a thread has begun with the job, which no longer expires. */
    started: (id: string): Promise<void> => noteStart(redis, [keys.startDeadlines, keys.queueEvents], [id]),

    /**
     * Puts the result in the payload's place. From then on the job's lock has the {@link completionToken}.
     *
     * @param token of the job's lock, as BullMQ gave it with the job
     * @param facts what remains of the job's data
     */
    storeResult: async (
      id: string,
      token: string,
      result: string | Buffer,
      facts: ScoringFacts,
    ): Promise<StoreOutcome> => {
      const draft = keys.resultDraft(id, token);
      const store = (bytes: string | Buffer) =>
        storeResult(
          redis,
          [...jobKeys(id), draft],
          [id, resultTtlMs, token, completionToken(token), bytes, JSON.stringify(facts)],
        );
      if (typeof result === "string" || result.length < LARGE_RESULT_BYTES_MIN) {
        return store(result.toString());
      }
      try {
        await redis.sendCommand(new LargeCommand("set", [draft, result, "PX", String(DRAFT_MS)]));
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
        // The script drops the payload first, and Redis out of memory lets it go on then.
        return store(result);
      }
      return store("");
    },

    /** Which of these jobs were ended from outside. */
    findEnded: async (ids: string[]): Promise<string[]> => {
      const marks = await Promise.all(ids.map((id) => redis.exists(keys.endMark(id))));
      return ids.filter((_, index) => marks[index] === 1);
    },

    /** Drops the payload of a job that ended without a result, of which the facts remain. */
    dropPayload: (id: string, facts: ScoringFacts): Promise<void> =>
      endWithoutResult(redis, jobKeys(id), [id, resultTtlMs, JSON.stringify(facts), 0]),

    /** Keeps the payload of a job that failed, for as long as the job is shown: it may be run once more. */
    keepPayload: (id: string, facts: ScoringFacts): Promise<void> =>
      endWithoutResult(redis, jobKeys(id), [id, resultTtlMs, JSON.stringify(facts), 1]),
  };
};

export type AttemptStore = ReturnType<typeof createAttemptStore>;
