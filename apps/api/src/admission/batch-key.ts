import { defineScript } from "@semblance/shared/redis/define-script";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import { IDEMPOTENCY_RECORD_BYTES, LEDGER_LUA, ledgerKeys } from "@semblance/shared/store/ledger";
import type { Redis } from "ioredis";
import { Problem } from "../problems/problem.ts";
import { IDEMPOTENCY_MS } from "./admit.ts";
import { batchItemKey, type IdempotencyKey, recordName } from "./idempotency-key.ts";

/** KEYS: those of the ledger, the record. ARGV: its name, the tenant, the hash of the body. Tells the hash that was there before. */
const claim = defineScript<string | null>(
  /* lua */ `${LEDGER_LUA}
local known = redis.call('GET', KEYS[6])
if known then return known end
redis.call('SET', KEYS[6], ARGV[3], 'PX', ${IDEMPOTENCY_MS})
ledger_write('key:' .. ARGV[1], ${IDEMPOTENCY_RECORD_BYTES}, ARGV[2], now_ms() + ${IDEMPOTENCY_MS})
return false
`,
  (reply) => reply as string | null,
);

const release = defineScript<void>(
  /* lua */ `${LEDGER_LUA}
redis.call('DEL', KEYS[6])
ledger_drop('key:' .. ARGV[1])
`,
  () => undefined,
);

export interface BatchKey {
  /** Whether a batch with this key and these bytes came before. */
  isReplay: boolean;
  /** Leaves the key free: nothing came of the batch. */
  release: () => Promise<void>;
}

/**
 * Takes an idempotency key for a batch as a whole; each of its jobs has a record of its own, once it is admitted.
 *
 * @throws {Problem} `idempotency-mismatch`
 */
export const claimBatchKey = async (
  redis: Redis,
  keys: RedisKeys,
  tenant: string,
  { key, bodyHash }: IdempotencyKey,
): Promise<BatchKey> => {
  const name = recordName(tenant, batchItemKey(key, "all"));
  const scriptKeys = [...ledgerKeys(keys), keys.idempotency(name)];
  const known = await claim(redis, scriptKeys, [name, tenant, bodyHash]);
  if (known !== null && known !== bodyHash) throw new Problem("idempotency-mismatch");
  return { isReplay: known !== null, release: () => release(redis, scriptKeys, [name]) };
};
