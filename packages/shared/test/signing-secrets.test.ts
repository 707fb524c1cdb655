import { createHmac } from "node:crypto";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { type RedisKeys, redisKeys } from "../src/redis/keys.ts";
import {
  OLDER_VERSIONS_MAX,
  OVERLAP_MS,
  readSecretVersions,
  rotateSecret,
} from "../src/webhook/secret-versions.ts";
import { deriveSecret, signingSecrets, toMasterSecrets } from "../src/webhook/signing-secrets.ts";

const toMaster = (text: string) => `whsec_${Buffer.from(text.padEnd(32)).toString("base64")}`;
const master = toMaster("the one in use");
const previous = toMaster("the one before");

describe("a secret", () => {
  test("is 32 bytes by HKDF-SHA256 (RFC 5869) from the master, its version and its tenant", () => {
    const hmac = (key: Buffer, data: string | Buffer) => createHmac("sha256", key).update(data).digest();
    const extracted = hmac(Buffer.alloc(32), Buffer.from(master.slice("whsec_".length), "base64"));
    const expanded = hmac(extracted, "semblance/webhook-secret/3/acme\u0001");
    expect(deriveSecret(master, "acme", 3)).toBe(`whsec_${expanded.toString("base64")}`);
  });

  test("is another for each master, tenant and version", () => {
    const tenants = ["acme", "1", "11", "1.acme", "acme.1"];
    const secrets = [master, previous].flatMap((one) =>
      tenants.flatMap((tenant) => [1, 2, 11].map((version) => deriveSecret(one, tenant, version))),
    );
    expect(new Set(secrets).size).toBe(2 * tenants.length * 3);
  });

  test("that is current under the current master comes first, all of a version before the next", () => {
    expect(signingSecrets([master, previous], "acme", [2, 1])).toEqual([
      deriveSecret(master, "acme", 2),
      deriveSecret(previous, "acme", 2),
      deriveSecret(master, "acme", 1),
      deriveSecret(previous, "acme", 1),
    ]);
  });
});

describe("masters", () => {
  const read = (webhookMasterSecret: string, webhookMasterSecretPrevious: string) =>
    toMasterSecrets({ webhookMasterSecret, webhookMasterSecretPrevious });

  test("are those that are configured, the current first", () => {
    expect(read(master, previous)).toEqual([master, previous]);
    expect(read(master, "")).toEqual([master]);
  });

  test("are none without a current one", () => {
    expect(read("", previous)).toEqual([]);
  });
});

describe("rotation", () => {
  const NOW = 1_800_000_000_000;
  let redis: Redis;
  let keys: RedisKeys;

  beforeAll(() => {
    redis = connectToRedis();
  });
  afterAll(() => redis.disconnect());
  beforeEach(() => {
    keys = redisKeys(uniqueKeyPrefix());
  });

  const read = (now: number, tenant = "acme") => readSecretVersions(redis, keys, tenant, now);
  const rotate = (now: number, tenant = "acme") => rotateSecret(redis, keys, tenant, now);

  test("a tenant that never rotated has the first version", async () => {
    expect(await read(NOW)).toEqual([1]);
  });

  test("the new one is current at once, and the one before signs for a day beside it", async () => {
    expect(await rotate(NOW)).toEqual({ versions: [2, 1] });
    expect(await read(NOW + OVERLAP_MS - 1)).toEqual([2, 1]);
    expect(await read(NOW + OVERLAP_MS)).toEqual([2]);
  });

  test("another tenant's stays as it was", async () => {
    await rotate(NOW);
    expect(await read(NOW, "other")).toEqual([1]);
  });

  test("is refused while as many older ones sign as may, and told for how long", async () => {
    for (let count = 0; count < OLDER_VERSIONS_MAX; count += 1) await rotate(NOW + count);
    expect(await rotate(NOW + 1_000)).toEqual({ retryAfterMs: OVERLAP_MS - 1_000 });
    expect(await read(NOW + 1_000)).toEqual([5, 4, 3, 2, 1]);
    expect(await rotate(NOW + OVERLAP_MS)).toEqual({ versions: [6, 5, 4, 3, 2] });
  });

  test("never gives a number twice, whatever has lapsed, and keeps nothing that has", async () => {
    for (let day = 0; day < 12; day += 1) await rotate(NOW + day * OVERLAP_MS);
    expect(await read(NOW + 11 * OVERLAP_MS)).toEqual([13, 12]);
    expect(await redis.zcard(keys.secretVersions("acme"))).toBe(2);
  });

  test("numbers of two digits are in their order, also when they were made at once", async () => {
    for (let day = 0; day < 7; day += 1) await rotate(NOW + day * OVERLAP_MS);
    const now = NOW + 7 * OVERLAP_MS;
    const rotations = await Promise.all([rotate(now), rotate(now), rotate(now)]);
    expect(rotations).toEqual([{ versions: [9, 8] }, { versions: [10, 9, 8] }, { versions: [11, 10, 9, 8] }]);
    expect(await read(now)).toEqual([11, 10, 9, 8]);
  });
});
