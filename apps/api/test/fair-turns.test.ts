import { createJobId } from "@semblance/shared/job/job-id";
import type { Priority } from "@semblance/shared/job/submission";
import { DeliveryQueue } from "@semblance/shared/queue/delivery-queue";
import { ScoringQueue } from "@semblance/shared/queue/scoring-queue";
import { redisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { Admission } from "../src/admission/admission.ts";
import { QueueMonitor } from "../src/queue/queue-monitor.ts";

let redis: Redis;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(() => redis.disconnect());

/** A queue that jobs are admitted to and taken from, with no worker. */
const openQueue = () => {
  const keyPrefix = uniqueKeyPrefix();
  const keys = redisKeys(keyPrefix);
  const onError = (error: Error) => expect.fail(error.message);
  const queue = new ScoringQueue({ redis, keyPrefix, resultTtlMs: 60_000, onError });
  onTestFinished(() => queue.close());
  const deliveries = new DeliveryQueue({ redis, keyPrefix, onError });
  onTestFinished(() => deliveries.close());
  const admission = new Admission({
    redis,
    keys,
    queue,
    monitor: new QueueMonitor(redis, keys),
    queueDepthMax: 100_000,
    storeBytesMax: 1e12,
    tenantLimits: () => ({ jobsMax: 1e9, bytesMax: 1e12 }),
    deliveries,
    webhookResultBytesMax: 16_384,
    deliveryTtlMs: 60_000,
    replicaWait: null,
  });
  const flows = new Map<string, string>();
  const admit = async (tenant: string, count = 1, priority: Priority = "normal") => {
    const requests = Array.from({ length: count }, () => ({
      id: createJobId(),
      facts: {
        v: 1,
        tenant,
        metric: "ratio" as const,
        candidateCount: 1,
        timeoutMs: 100,
        startBeforeMs: Date.now() + 60_000,
      },
      createdAtMs: Date.now(),
      envelope: "{}",
      candidates: Buffer.from("[]"),
      metadata: "",
      resultBytesMax: 0,
      priority,
      webhook: null,
      idempotency: null,
    }));
    for (const { id } of requests) flows.set(id, `${tenant} ${priority}`);
    const taken = await admission.takeAll(requests);
    for (const accepted of taken) expect(accepted).toMatchObject({ isReplay: false });
    return requests.map(({ id }) => id);
  };
  /** Takes jobs from the head, and tells whose they were. */
  const serve = async (count: number) => {
    const popped = await redis.zpopmin(keys.queuePrioritized, count);
    return popped.filter((_, index) => index % 2 === 0).map((id) => flows.get(id)!.replace(" normal", ""));
  };
  const scores = async () => {
    const entries = await redis.zrange(keys.queuePrioritized, "0", "-1", "WITHSCORES");
    return entries.filter((_, index) => index % 2 === 1).map((score) => Math.floor(Number(score) / 2 ** 32));
  };
  return { admission, keys, queue, admit, serve, scores };
};

const countOf = (served: string[], flow: string) => served.filter((other) => other === flow).length;

describe("tenants", () => {
  test("who flood delay another's next job by a place", async () => {
    const { admit, serve } = openQueue();
    await admit("flood", 1_000);
    await serve(100);
    for (let job = 0; job < 20; job += 1) {
      await admit("light");
      expect((await serve(3)).slice(0, 3)).toContain("light");
    }
  });

  test("who flood together get the same share", async () => {
    const { admit, serve } = openQueue();
    for (let tenant = 0; tenant < 10; tenant += 1) await admit(`t${tenant}`, 100);
    const served = await serve(200);
    for (let tenant = 0; tenant < 10; tenant += 1) expect(countOf(served, `t${tenant}`)).toBe(20);
  });

  test("who were alone for long owe nothing to who comes then", async () => {
    const { admit, serve } = openQueue();
    for (let job = 0; job < 100; job += 1) {
      await admit("early");
      await serve(1);
    }
    await admit("late", 100);
    await admit("early", 100);
    expect(countOf(await serve(20), "early")).toBe(10);
  });

  test("who come new find time where it is, whatever an API that died has left behind", async () => {
    const { admit, serve, keys } = openQueue();
    await redis.hset(keys.reservations, "job_lost", `${Date.now() + 20_000}:0:`);
    await admit("flood", 200);
    await serve(100);
    await admit("late", 100);
    expect(countOf(await serve(20), "flood")).toBeGreaterThanOrEqual(9);
  });

  test("whose jobs were all canceled begin anew", async () => {
    const { admit, serve, queue, keys } = openQueue();
    const canceled = await admit("acme", 100);
    await admit("other", 200);
    await Promise.all(canceled.map((id) => queue.remove(id)));
    await redis.hset(keys.tenantUse, "jobs:acme", 0);
    await admit("acme");
    expect(await serve(3)).toContain("acme");
  });

  test("who cancel many jobs are not held back by them", async () => {
    const { admit, serve, queue, keys } = openQueue();
    const [kept, ...canceled] = await admit("acme", 500);
    await admit("other", 200);
    await Promise.all(canceled.map((id) => queue.remove(id)));
    await redis.hset(keys.tenantUse, "jobs:acme", 1);
    await admit("acme");
    expect(await serve(30)).toContain("acme");
    expect(kept).toBeDefined();
  });

  test("without open jobs begin anew with every priority", async () => {
    const { admit, queue, keys, scores } = openQueue();
    const canceled = await admit("acme", 500, "high");
    await Promise.all(canceled.map((id) => queue.remove(id)));
    await redis.hset(keys.tenantUse, "jobs:acme", 0);
    // Something that holds virtual time where it is.
    await admit("other", 1);
    await admit("acme", 1);
    await admit("acme", 1, "high");
    const [first, , last] = await scores();
    expect(last! - first!).toBeLessThan(28);
  });

  test("get no more by using several priorities than by one", async () => {
    const { admit, serve } = openQueue();
    for (let round = 0; round < 50; round += 1) {
      for (const priority of ["high", "normal", "low"] as const) await admit("mixed", 4, priority);
      await admit("plain", 12);
    }
    const served = await serve(300);
    expect(countOf(served, "plain") / served.length).toBeCloseTo(0.5, 1);
  });
});

describe("priorities of a tenant", () => {
  test("get 4, 2 and 1 of its turns", async () => {
    const { admit, serve } = openQueue();
    for (let round = 0; round < 100; round += 1) {
      for (const priority of ["high", "normal", "low"] as const) await admit("acme", 1, priority);
    }
    const served = await serve(140);
    expect(countOf(served, "acme high") / served.length).toBeCloseTo(4 / 7, 1);
    expect(countOf(served, "acme") / served.length).toBeCloseTo(2 / 7, 1);
    expect(countOf(served, "acme low") / served.length).toBeCloseTo(1 / 7, 1);
  });

  test("starve none: under constant load of high ones each seventh turn at the latest is a low one's", async () => {
    const { admit, serve } = openQueue();
    await admit("acme", 20, "high");
    await admit("acme", 30, "low");
    let sinceLow = 0;
    for (let turn = 0; turn < 150; turn += 1) {
      await admit("acme", 1, "high");
      const [flow] = await serve(1);
      sinceLow = flow === "acme low" ? 0 : sinceLow + 1;
      expect(sinceLow).toBeLessThan(7);
    }
  });

  test("put a high job before a backlog of others", async () => {
    const { admit, serve } = openQueue();
    await admit("acme", 500, "low");
    await serve(10);
    await admit("acme", 1, "high");
    expect(await serve(2)).toContain("acme high");
  });
});

describe("when tags come near BullMQ's ceiling they are moved back", () => {
  const nearCeiling = async (keys: ReturnType<typeof redisKeys>) =>
    redis.hset(keys.fairTags, ":v", 2 ** 20 - 100, ":last", 2 ** 20 - 100);

  test("and the order stays, with the shares of those who come after", async () => {
    const { admit, serve, scores, keys } = openQueue();
    await nearCeiling(keys);
    await admit("flood", 200);
    expect(Math.min(...(await scores()))).toBeGreaterThan(2 ** 20 - 200);
    await serve(50);
    await admit("light", 50);
    expect(Math.max(...(await scores()))).toBeLessThan(1_000);
    expect(countOf(await serve(60), "light")).toBe(30);
  });

  test("also for a job that is run and comes back, and for one that waits for a retry", async () => {
    const { admit, keys } = openQueue();
    await nearCeiling(keys);
    const [active, delayed] = await admit("flood", 30);
    await redis.zrem(keys.queuePrioritized, active!, delayed!);
    await redis.lpush(keys.queueActive, active!);
    await redis.zadd(keys.queueDelayed, Date.now(), delayed!);
    await admit("flood", 40);
    await redis.zremrangebyrank(keys.queuePrioritized, 0, 40);
    await admit("light");
    for (const id of [active!, delayed!]) {
      expect(Number(await redis.hget(keys.queueJob(id), "priority"))).toBe(1);
    }
  });

  test("also for one that was still on its way into the queue", async () => {
    const { admit, serve, queue, keys, scores } = openQueue();
    await nearCeiling(keys);
    await admit("flood", 60);
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const add = queue.add.bind(queue);
    vi.spyOn(queue, "add").mockImplementationOnce(async (...args) => {
      reached.resolve();
      await gate.promise;
      await add(...args);
    });
    const slow = admit("slow");
    await reached.promise;
    // The reservation of the slow one holds virtual time back.
    const tag = Number(
      (await redis.hvals(keys.reservations))
        .map((value) => value.split(":")[1])
        .sort()
        .at(0),
    );
    expect(tag).toBeLessThan(2 ** 20);
    await redis.hset(keys.fairTags, ":v", 2 ** 20 + 1);
    await serve(40);
    await admit("light");
    gate.resolve();
    await slow;
    expect(Math.max(...(await scores()))).toBeGreaterThan(2 ** 19);
    await admit("light");
    expect(Math.max(...(await scores()))).toBeLessThan(1_000);
  });

  test("and beyond it, in a queue of a size that tags cannot tell apart, jobs come in their order", async () => {
    const { admit, keys, serve } = openQueue();
    await admit("other", 5);
    await redis.hset(keys.fairTags, "acme:normal", 2_097_151 - 4);
    await redis.hset(keys.tenantUse, "jobs:acme", 1);
    const ids = await admit("acme", 10);
    await serve(5);
    expect(await redis.zrange(keys.queuePrioritized, "0", "-1")).toEqual(ids);
  });
});
