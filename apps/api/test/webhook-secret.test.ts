import { randomBytes } from "node:crypto";
import { createDeliveryId } from "@semblance/shared/webhook/delivery-id";
import { OVERLAP_MS, rotateSecret } from "@semblance/shared/webhook/secret-versions";
import { deriveSecret } from "@semblance/shared/webhook/signing-secrets";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { json } from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { startOwnApi } from "../../../test/support/own-api.ts";
import { createApiKey } from "../src/tenants/api-key.ts";

const [master, previous] = [1, 2].map(() => `whsec_${randomBytes(32).toString("base64")}`) as [
  string,
  string,
];
const secretOf = (version: number, { by = master, tenant = "default" } = {}) =>
  deriveSecret(by, tenant, version);
let redis: Redis;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(() => redis.disconnect());

const start = async (env: Record<string, string> = {}) => {
  const { url, keys } = await startOwnApi({ WEBHOOK_MASTER_SECRET: master, ...env });
  const call = (method: string, path: string, key = "") =>
    fetch(`${url}/v1/webhooks/${path}`, {
      method,
      headers: key === "" ? {} : { Authorization: `Bearer ${key}` },
    });
  return {
    url,
    read: (key?: string) => call("GET", "secret", key),
    rotate: (key?: string) => call("POST", "secret/rotate", key),
    /** As if it had been called so long ago. */
    rotateAgo: (ms: number) => rotateSecret(redis, keys, "default", Date.now() - ms),
  };
};

describe("a tenant's secret", () => {
  test("is there from the beginning, and no cache keeps it", async () => {
    const { read } = await start();
    const answer = await read();
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.json()).toEqual({ secrets: [secretOf(1)] });
  });

  test("is there twice while the master is replaced, by the new one first", async () => {
    const { read } = await start({ WEBHOOK_MASTER_SECRET_PREVIOUS: previous });
    expect(await json(read())).toEqual({ secrets: [secretOf(1), secretOf(1, { by: previous })] });
  });
});

describe("a rotation", () => {
  test("answers with the new secret and the one before, and so does every read", async () => {
    const { read, rotate } = await start();
    const answer = await rotate();
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const expected = { secrets: [secretOf(2), secretOf(1)] };
    expect(await answer.json()).toEqual(expected);
    expect(await json(read())).toEqual(expected);
  });

  test("leaves the one before for a day", async () => {
    const { read, rotateAgo } = await start();
    await rotateAgo(OVERLAP_MS);
    expect(await json(read())).toEqual({ secrets: [secretOf(2)] });
    await rotateAgo(OVERLAP_MS - 60_000);
    expect(await json(read())).toEqual({ secrets: [secretOf(3), secretOf(2)] });
  });

  test("is of one tenant alone", async () => {
    const acme = createApiKey("acme");
    const other = createApiKey("other");
    const { read, rotate } = await start({ API_KEYS: `${acme.line},${other.line}` });
    await rotate(acme.key);
    expect(await json(read(acme.key))).toEqual({
      secrets: [secretOf(2, { tenant: "acme" }), secretOf(1, { tenant: "acme" })],
    });
    expect(await json(read(other.key))).toEqual({ secrets: [secretOf(1, { tenant: "other" })] });
  });

  test("is refused while four older secrets sign, and told until when", async () => {
    const { read, rotate, rotateAgo } = await start();
    await rotateAgo(OVERLAP_MS - 90_000);
    for (let count = 0; count < 3; count += 1) expect((await rotate()).status).toBe(200);
    const refused = await rotate();
    expect(refused.status).toBe(429);
    const retryAfterS = Number(refused.headers.get("retry-after"));
    expect(retryAfterS).toBeGreaterThan(0);
    expect(retryAfterS).toBeLessThanOrEqual(90);
    expect(await refused.json()).toMatchObject({ type: "/problems/too-many-requests", limit: 4 });
    expect(await json(read())).toEqual({ secrets: [5, 4, 3, 2, 1].map((version) => secretOf(version)) });
  });
});

test("without a master secret both are refused, and whatever would send a webhook, and what the operator has to do is told", async () => {
  const { url, read, rotate } = await start({ WEBHOOK_MASTER_SECRET: "" });
  const post = (path: string, body: object) =>
    fetch(`${url}/v1/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  const sending = [
    post("webhooks/test", { url: "https://example.com/" }),
    post("deliveries/redeliver", { since: "2026-01-05T09:00:00Z" }),
    post(`deliveries/${createDeliveryId()}/redeliver`, {}),
  ];
  for (const answer of await Promise.all([read(), rotate(), ...sending])) {
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      type: "/problems/webhooks-not-configured",
      detail: expect.stringContaining("WEBHOOK_MASTER_SECRET"),
    });
  }
});
