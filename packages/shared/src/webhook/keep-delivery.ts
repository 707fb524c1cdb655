import type { Redis } from "ioredis";
import { defineScript } from "../redis/define-script.ts";
import type { RedisKeys } from "../redis/keys.ts";
import { LEDGER_LUA, ledgerKeys } from "../store/ledger.ts";

/**
 * What Redis keeps of a delivery beside its body, URL and attempts: its hash, the ledger's entry, the set of what is undelivered. About 1,300
 * bytes as measured with Redis 7.
 */
const DELIVERY_RECORD_BYTES = 1_408;
/** What BullMQ keeps of it beside its URL and metadata, until it has ended: about 1,650 bytes. */
const DELIVERY_JOB_BYTES = 1_664;

/** A job as JSON without its result, metadata and URLs. */
const VIEW_BYTES_MAX = 1_024;

/**
 * What a delivery may take before its first attempt, in bytes.
 *
 * @param resultBytesMax of the result, if it goes along
 */
export const deliveryBytesMax = (url: string, metadata: string, resultBytesMax: number): number =>
  DELIVERY_RECORD_BYTES +
  DELIVERY_JOB_BYTES +
  VIEW_BYTES_MAX +
  2 * Buffer.byteLength(url) +
  2 * Buffer.byteLength(metadata) +
  resultBytesMax;

/** What is kept of a webhook that is to be sent. */
export interface NewDelivery {
  id: string;
  tenant: string;
  /** `null` for a test. */
  jobId: string | null;
  url: string;
  type: string;
  /** When what it tells of happened. */
  happenedAtMs: number;
  /** What is signed and sent at every attempt. */
  body: Buffer;
  /** Of its job, beside what of it is in the body. */
  metadataBytes: number;
  /** How often it is tried at the most; what the schedule says when `null`. */
  attemptsMax: number | null;
}

export interface KeepOptions {
  nowMs: number;
  firstAttemptAtMs: number;
  ttlMs: number;
  /** Beyond which it is refused; absent for what was admitted with its job. */
  limits?: { storeBytesMax: number; tenantBytesMax: number };
}

/** `deleted`: with its job, before it was kept. */
export type Kept =
  | { outcome: "kept" | "deleted" }
  | { outcome: "store_full"; bytes: number }
  | { outcome: "tenant_bytes_full"; bytes: number };

const keep = defineScript<Kept>(
  /* lua */ `${LEDGER_LUA}
local delivery = KEYS[6]
local id, tenant, job_id, url, type, happened_at, body, attempts_max = unpack(ARGV, 1, 8)
local now, first_at, ttl_ms = tonumber(ARGV[9]), ARGV[10], tonumber(ARGV[11])
local store_max, tenant_max = tonumber(ARGV[12]), tonumber(ARGV[13])
if redis.call('EXISTS', delivery) == 1 then
  return {redis.call('HEXISTS', delivery, 'deleted') == 1 and 'deleted' or 'kept'}
end
local job_bytes = ${DELIVERY_JOB_BYTES} + #url + tonumber(ARGV[14])
local bytes = ${DELIVERY_RECORD_BYTES} + #body + #url + job_bytes
if store_max then
  local stored = tonumber(redis.call('GET', KEYS[3]) or '0')
  local of_tenant = tonumber(redis.call('HGET', KEYS[4], 'bytes:' .. tenant) or '0')
  if of_tenant + bytes > tenant_max then return {'tenant_bytes_full', of_tenant} end
  if stored + bytes > store_max then return {'store_full', stored} end
end
redis.call('HSET', delivery, 'tenant', tenant, 'job', job_id, 'url', url, 'type', type, 'happened', happened_at, 'body', body,
  'max', attempts_max, 'status', 'pending', 'made', 0, 'restart', 0, 'started', now, 'next', first_at, 'job_bytes', job_bytes)
redis.call('PEXPIRE', delivery, ttl_ms)
ledger_write(id, bytes, tenant, now + ttl_ms)
return {'kept'}
`,
  (reply) => {
    const [outcome, bytes] = reply as [Kept["outcome"], number?];
    return { outcome, bytes } as Kept;
  },
);

/** Keeps a webhook that is to be sent, once: what is kept already stays as it is. */
export const keepDelivery = (
  redis: Redis,
  keys: RedisKeys,
  { id, tenant, jobId, url, type, happenedAtMs, body, attemptsMax, metadataBytes }: NewDelivery,
  { nowMs, firstAttemptAtMs, ttlMs, limits }: KeepOptions,
): Promise<Kept> =>
  keep(
    redis,
    [...ledgerKeys(keys), keys.delivery(id)],
    [
      id,
      tenant,
      jobId ?? "",
      url,
      type,
      happenedAtMs,
      body,
      attemptsMax ?? "",
      nowMs,
      firstAttemptAtMs,
      ttlMs,
      limits?.storeBytesMax ?? "",
      limits?.tenantBytesMax ?? "",
      metadataBytes,
    ],
  );
