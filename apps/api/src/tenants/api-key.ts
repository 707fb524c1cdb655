import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** A tenant's key as it is configured: the key itself is with the client alone. */
export interface ApiKey {
  tenant: string;
  /** SHA-256 of the key. A key has 256 random bits, so that there is nothing to guess, and a slow hash would gain nothing. */
  sha256: Buffer;
}

/** Names what a tenant's things are called in Redis and in logs. */
const TENANT = /^[\w.-]{1,64}$/;
export const isTenant = (name: string): boolean => TENANT.test(name);
const SHA256_HEX = /^[0-9a-f]{64}$/i;

/** Tells keys from other secrets, to people and to scanners of repositories. */
const KEY_PREFIX = "smb_";
const KEY_BYTES = 32;

const hash = (key: string): Buffer => createHash("sha256").update(key).digest();

/** @throws {RangeError} for a name that no tenant may have */
export const createApiKey = (tenant: string): { key: string; line: string } => {
  if (!TENANT.test(tenant)) {
    throw new RangeError("a tenant's name has 1 to 64 letters, digits, dots, dashes or underscores");
  }
  const key = `${KEY_PREFIX}${randomBytes(KEY_BYTES).toString("base64url")}`;
  return { key, line: `${tenant}:${hash(key).toString("hex")}` };
};

/** A list of keys could not be read; says where, and nothing of what stands there. */
export class ApiKeysError extends Error {
  override readonly name = "ApiKeysError";
}

/**
 * Reads `tenant:sha256-of-key` entries, separated by commas or line ends; what follows a `#` is a comment.
 *
 * @throws {ApiKeysError}
 */
export const parseApiKeys = (text: string): ApiKey[] => {
  const keys = readEntries(text);
  const owners = new Map<string, string>();
  for (const { tenant, sha256 } of keys) {
    const owner = owners.get(sha256.toString("hex")) ?? tenant;
    if (owner !== tenant) throw new ApiKeysError(`${owner} and ${tenant} have the same key`);
    owners.set(sha256.toString("hex"), tenant);
  }
  return keys;
};

const readEntries = (text: string): ApiKey[] =>
  text.split("\n").flatMap((line, index) =>
    line
      .replace(/#.*/, "")
      .split(",")
      .map((entry) => entry.trim())
      .filter((entry) => entry !== "")
      .map((entry) => {
        const [tenant = "", sha256 = "", ...rest] = entry.split(":");
        if (TENANT.test(tenant) && SHA256_HEX.test(sha256) && rest.length === 0) {
          return { tenant, sha256: Buffer.from(sha256, "hex") };
        }
        throw new ApiKeysError(`line ${index + 1} holds an entry that is no tenant:sha256-of-key`);
      }),
  );

/** Whose key it is. Compares with every one of them, and takes as long whichever it is. */
export const findTenant = (keys: readonly ApiKey[], key: string): string | null => {
  const presented = hash(key);
  let tenant: string | null = null;
  for (const known of keys) {
    if (timingSafeEqual(known.sha256, presented)) tenant = known.tenant;
  }
  return tenant;
};
