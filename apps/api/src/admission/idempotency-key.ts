import { createHash } from "node:crypto";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Context } from "hono";
import type { Redis } from "ioredis";
import { Problem } from "../problems/problem.ts";

/** What a client calls a submission, so that sending it again is no second one. */
export interface IdempotencyKey {
  key: string;
  /** As hash-body.ts makes it: the same key with another body is a mistake. */
  bodyHash: string;
}

const KEY_CHARS_MAX = 255;

/** A string of structured fields (RFC 9651, section 3.3.3), or the same characters bare; {@link KEY_CHARS_MAX} of them. */
export const IDEMPOTENCY_KEY = /^(?:"((?:[ !#-[\]-~]|\\["\\]){1,255})"|[!#-~][!-~]{0,254})$/;

/**
 * Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).
 *
 * @returns `null` when there is none
 * @throws {Problem} `invalid-request`
 */
export const readIdempotencyKey = (context: Context): string | null => {
  const header = context.req.header("Idempotency-Key")?.trim();
  if (header === undefined) return null;
  const read = IDEMPOTENCY_KEY.exec(header);
  if (read) return read[1]?.replace(/\\(.)/g, "$1") ?? header;
  const detail = `no string of 1 to ${KEY_CHARS_MAX} printable ASCII characters`;
  throw new Problem("invalid-request", { errors: [{ parameter: "Idempotency-Key", detail }] });
};

/** What the record of a tenant's key is called: no longer than it must be, and the key itself is the client's own business. */
export const recordName = (tenant: string, key: string): string =>
  `${tenant}:${createHash("sha256").update(key).digest("base64url")}`;

/** The key of one job of a batch, or of the batch itself; no header can hold it. */
export const batchItemKey = (key: string, index: number | "all"): string => `${key}\n${index}`;

/** Whether a submission with this key was accepted before, or is just being accepted. */
export const isKnownKey = async (
  { redis, keys }: { redis: Redis; keys: RedisKeys },
  tenant: string,
  key: string | null,
): Promise<boolean> => key !== null && (await redis.exists(keys.idempotency(recordName(tenant, key)))) === 1;
