import { redisKeys } from "@semblance/shared/redis/keys";
import { createDeliveryId } from "@semblance/shared/webhook/delivery-id";
import { keepDelivery } from "@semblance/shared/webhook/keep-delivery";
import type { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
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
  redis = connectToRedis();
  keys = redisKeys(uniqueKeyPrefix());
});
afterEach(() => redis.disconnect());

const keep = async ({ tenant = "default", attemptsMax = null as number | null } = {}): Promise<string> => {
  const id = createDeliveryId();
  await keepDelivery(
    redis,
    keys,
    {
      id,
      tenant,
      jobId: null,
      url: `https://${HOST}/hook`,
      type: "webhook.test",
      happenedAtMs: NOW_MS,
      body: Buffer.from("{}"),
      metadataBytes: 0,
      attemptsMax,
    },
    { nowMs: NOW_MS, firstAttemptAtMs: NOW_MS, ttlMs: TTL_MS },
  );
  return id;
};

const claim = (
  id: string,
  { tenant = "default", restart = 0, nowMs = NOW_MS, hostConcurrency = options.hostConcurrency } = {},
) => claimDelivery(redis, keys, { id, tenant, host: HOST, restart, nowMs }, { ...options, hostConcurrency });

/** When a new one may come back; it must not go now. */
const claimLater = async (at: Parameters<typeof claim>[1] = {}): Promise<number> => {
  const claimed = await claim(await keep(at), at);
  if (claimed.outcome !== "later") throw new Error(`it may ${claimed.outcome}`);
  return claimed.atMs;
};

const go = async (at: Parameters<typeof claim>[1] = {}): Promise<string> => {
  const id = await keep(at);
  expect(await claim(id, at)).toMatchObject({ outcome: "go" });
  return id;
};

const settle = (
  id: string,
  receiver: ReceiverVerdict,
  { restart = 0, nowMs = NOW_MS, pauseMs = 0, durationMs = 1 } = {},
) =>
  settleDelivery(
    redis,
    keys,
    {
      id,
      tenant: "default",
      host: HOST,
      restart,
      nowMs,
      attempt: { startedAtMs: nowMs, durationMs, status: 200, error: null, answer: null },
      status: receiver === "up" ? "succeeded" : "pending",
      nextAttemptAtMs: receiver === "up" ? null : nowMs + 5_000,
      receiver,
      pauseMs,
    },
    options,
  );

const statusOf = (id: string) => redis.hget(keys.delivery(id), "status");

const park = async () => {
  for (let failed = 0; failed < PARK_AFTER; failed += 1) await settle(await go(), "down");
};

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

describe("places at a host", () => {
  test("are each restart's own, however often one delivery is asked for", async () => {
    const id = await go();
    expect(await claim(id, { restart: 1 })).toMatchObject({ outcome: "later" });
    await settle(id, "up");
    expect(await claim(id, { restart: 1, nowMs: NOW_MS + 1_000 })).toMatchObject({ outcome: "go" });
  });

  test("are all of one tenant, until another finds none: then it is left one", async () => {
    const all = { hostConcurrency: 5 };
    const taken: string[] = [];
    for (let place = 0; place < 5; place += 1) taken.push(await go(all));
    const other = { ...all, tenant: "other" };
    await claimLater(other);
    await settle(taken[0]!, "up");
    await claimLater(all);
    await go(other);
  });

  test("are looked for the less often the longer they are taken for", async () => {
    await settle(await go(), "up", { durationMs: 10_000 });
    await go();
    expect(-(await claimLater()) + (await claimLater())).toBe(100);
  });
});

describe("a parked receiver", () => {
  test("is tried by one when the pause is over, and the others wait for what comes of it", async () => {
    await park();
    const overMs = (await claimLater()) + 1;
    await go({ nowMs: overMs });
    expect(await claimLater({ nowMs: overMs, hostConcurrency: 5 })).toBeGreaterThanOrEqual(
      overMs + options.leaseMs,
    );
  });

  test("gets what somebody asks for at once: a test, and what is to be sent again", async () => {
    await park();
    const test = await keep({ attemptsMax: 1 });
    expect(await claim(test)).toMatchObject({ outcome: "go" });
    await settle(test, "neither");
    const again = await keep();
    expect(await claim(again, { restart: 1 })).toMatchObject({ outcome: "go" });
  });

  test("gets the last attempt of a delivery whose time is over", async () => {
    const id = await keep();
    const overMs = NOW_MS + options.deadlineMs;
    for (let failed = 0; failed < PARK_AFTER; failed += 1) {
      await settle(await go({ nowMs: overMs - 1 }), "down", { nowMs: overMs - 1 });
    }
    expect(await claim(id, { nowMs: overMs - 1 })).toEqual({ outcome: "later", atMs: overMs });
    expect(await claim(id, { nowMs: overMs })).toMatchObject({ outcome: "go", isLast: true });
  });

  test("that asks for a pause gets it, up to a minute, and no failure shortens it", async () => {
    await settle(await go(), "down", { pauseMs: 3_600_000 });
    await settle(await keep(), "down");
    const laterMs = await claimLater();
    expect(laterMs - NOW_MS).toBeGreaterThanOrEqual(60_000);
    expect(laterMs - NOW_MS).toBeLessThan(61_000);
  });
});

describe("what a worker that stood still notes late", () => {
  test("takes nothing back that another has put right", async () => {
    const id = await go();
    await claim(id);
    expect(await settle(id, "up")).toBe("settled");
    expect(await settle(id, "down", { durationMs: 2 })).toBe("superseded");
    expect(await statusOf(id)).toBe("succeeded");
    expect(await redis.zscore(keys.undelivered("default"), id)).toBeNull();
  });

  test("says nothing of a delivery that was asked for again since", async () => {
    const id = await go();
    await claim(id, { restart: 1, hostConcurrency: 2 });
    expect(await settle(id, "up")).toBe("superseded");
    expect(await statusOf(id)).toBe("pending");
  });
});

test("only so many attempts are kept and counted", async () => {
  const id = await go();
  const bytes = async () => Number.parseInt((await redis.hget(keys.ledgerEntries, id))!, 10);
  const before = await bytes();
  for (let made = 0; made < 60; made += 1) await settle(id, "down", { durationMs: 1_000 + made });
  const attempts = await redis.lrange(keys.deliveryAttempts(id), 0, -1);
  expect(attempts).toHaveLength(50);
  expect((await bytes()) - before).toBe(attempts.reduce((sum, { length }) => sum + length, 0));
});
