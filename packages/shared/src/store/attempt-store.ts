import type { Redis } from "ioredis";
import { defineScript } from "../redis/define-script.ts";
import type { RedisKeys } from "../redis/keys.ts";
import { LEDGER_LUA, ledgerKeys } from "./ledger.ts";
import { PAYLOAD_GRACE_MS } from "./payload-lifetime.ts";

/** What an attempt finds: nothing in its way, a cancel, a result that an earlier attempt stored, or no payload any more. */
export type AttemptStart = "ready" | "canceled" | "scored" | "missing";

const beginAttempt = defineScript(
  /* lua */ `${LEDGER_LUA}
local canceled, payload, metadata, result = KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local id, lifetime_ms = ARGV[1], tonumber(ARGV[2])
if redis.call('EXISTS', canceled) == 1 then return 'canceled' end
if redis.call('EXISTS', result) == 1 then return 'scored' end
if redis.call('PEXPIRE', payload, lifetime_ms) == 0 then return 'missing' end
redis.call('PEXPIRE', metadata, lifetime_ms)
redis.call('ZADD', KEYS[2], 'XX', now_ms() + lifetime_ms, id)
return 'ready'
`,
  (reply) => reply as AttemptStart,
);

const storeResult = defineScript(
  /* lua */ `${LEDGER_LUA}
local canceled, payload, metadata, result = KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local id, lifetime_ms, bytes = ARGV[1], tonumber(ARGV[2]), ARGV[3]
if redis.call('EXISTS', canceled) == 1 then return 'canceled' end
redis.call('SET', result, bytes, 'PX', lifetime_ms)
redis.call('DEL', payload)
redis.call('PEXPIRE', metadata, lifetime_ms)
ledger_put(id, #bytes + redis.call('STRLEN', metadata), now_ms() + lifetime_ms)
return 'stored'
`,
  (reply) => reply as "stored" | "canceled",
);

const dropPayload = defineScript(
  /* lua */ `${LEDGER_LUA}
local payload, metadata, result = KEYS[5], KEYS[6], KEYS[7]
drop_texts(ARGV[1], payload, result, metadata, tonumber(ARGV[2]))
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
    keys.canceled(id),
    keys.payload(id),
    keys.metadata(id),
    keys.result(id),
  ];
  return {
    /** Looks what stands in the attempt's way; if nothing, gives the payload a new lease. */
    begin: (id: string): Promise<AttemptStart> => beginAttempt(redis, jobKeys(id), [id, PAYLOAD_GRACE_MS]),

    /** Puts the result in the payload's place, unless the job was canceled meanwhile. */
    storeResult: (id: string, result: Buffer): Promise<"stored" | "canceled"> =>
      storeResult(redis, jobKeys(id), [id, resultTtlMs, result]),

    /** Drops the payload of a job that ended without a result. */
    dropPayload: (id: string): Promise<void> => dropPayload(redis, jobKeys(id), [id, resultTtlMs]),
  };
};

export type AttemptStore = ReturnType<typeof createAttemptStore>;
