import { redisKeys } from "@semblance/shared/redis/keys";
import { createDeliveryId } from "@semblance/shared/webhook/delivery-id";
import { keepDelivery } from "@semblance/shared/webhook/keep-delivery";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { claimDelivery } from "../src/webhooks/claim-delivery.ts";
import { type ReceiverVerdict, settleDelivery } from "../src/webhooks/settle-delivery.ts";

const HOST = "receiver.example:443";
const NOW_MS = 1_800_000_000_000;
const TTL_MS = 600_000;
const PARK_AFTER = 2;
const options = {
  hostConcurrency: 1,
  leaseMs: 20_000,
  deadlineMs: 3_600_000,
  parkAfter: PARK_AFTER,
  firstDelayMs: 0,
  ttlMs: TTL_MS,
};

let redis: Redis;
let keys: ReturnType<typeof redisKeys>;

beforeEach(() => {
  redis = new Redis(redisUrl());
  keys = redisKeys(uniqueKeyPrefix());
});
afterEach(() => redis.disconnect());

const keep = async (): Promise<string> => {
  const id = createDeliveryId();
  await keepDelivery(
    redis,
    keys,
    {
      id,
      tenant: "default",
      jobId: null,
      url: `https://${HOST}/hook`,
      type: "webhook.test",
      happenedAtMs: NOW_MS,
      body: Buffer.from("{}"),
      metadataBytes: 0,
      attemptsMax: null,
    },
    { nowMs: NOW_MS, firstAttemptAtMs: NOW_MS, ttlMs: TTL_MS },
  );
  return id;
};

const claim = (id: string) =>
  claimDelivery(redis, keys, { id, tenant: "default", host: HOST, restart: 0, nowMs: NOW_MS }, options);

/** When a new one may come back; it must not go now. */
const claimLater = async (): Promise<number> => {
  const claimed = await claim(await keep());
  if (claimed.outcome !== "later") throw new Error(`it may ${claimed.outcome}`);
  return claimed.atMs;
};

const go = async (): Promise<string> => {
  const id = await keep();
  expect(await claim(id)).toMatchObject({ outcome: "go" });
  return id;
};

const settle = (id: string, receiver: ReceiverVerdict) =>
  settleDelivery(
    redis,
    keys,
    {
      id,
      tenant: "default",
      host: HOST,
      restart: 0,
      nowMs: NOW_MS,
      attempt: { startedAtMs: NOW_MS, durationMs: 1, status: 200, error: null, answer: null },
      status: receiver === "up" ? "succeeded" : "pending",
      nextAttemptAtMs: receiver === "up" ? null : NOW_MS + 5_000,
      receiver,
      pauseMs: 0,
    },
    options,
  );

describe("deliveries that wait for a busy receiver", () => {
  test("come back one after another, also those that join them while it takes others", async () => {
    const timesMs: number[] = [];
    for (let taken = 0; taken < 3; taken += 1) {
      const id = await go();
      for (let waiting = 0; waiting < 5; waiting += 1) timesMs.push(await claimLater());
      await settle(id, "up");
    }
    expect(timesMs).toEqual(timesMs.toSorted((a, b) => a - b));
    expect(new Set(timesMs).size).toBe(timesMs.length);
  });

  test("do not wait for those that were put off while it was parked, once it is back", async () => {
    const first = await go();
    const busyUntilMs = await claimLater();
    await settle(first, "down");
    await settle(await go(), "down");
    const parkedUntilMs = await claimLater();
    expect(parkedUntilMs - busyUntilMs).toBeGreaterThan(5_000);
    await settle(await keep(), "up");
    await go();
    expect((await claimLater()) - busyUntilMs).toBeLessThan(100);
  });
});

test("an attempt that is noted twice, the connection having broken, counts once", async () => {
  const id = await go();
  for (let sent = 0; sent < 2; sent += 1) expect(await settle(id, "down")).toBe("settled");
  expect(await redis.llen(keys.deliveryAttempts(id))).toBe(1);
  expect(await redis.hmget(keys.delivery(id), "made", "status")).toEqual(["1", "pending"]);
  expect(await redis.hget(keys.receiver("default", HOST), "failures")).toBe("1");
});

test("a delivery whose worker died takes no place of another's, and gets its own back", async () => {
  const id = await go();
  await claimLater();
  expect(await claim(id)).toMatchObject({ outcome: "go" });
  expect(await redis.zcard(keys.sending(HOST))).toBe(1);
});
