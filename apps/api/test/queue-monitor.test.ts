import { type RedisKeys, redisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { QueueMonitor } from "../src/queue/queue-monitor.ts";

let redis: Redis;
let keys: RedisKeys;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(() => redis.disconnect());
beforeEach(() => {
  keys = redisKeys(uniqueKeyPrefix());
});

const fill = async ({
  waiting,
  ended,
  workers = 1,
}: {
  waiting: number;
  ended: number;
  workers?: number;
}) => {
  const now = Date.now();
  const ids = (what: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${what}-${index}`);
  const pipeline = redis.pipeline();
  for (const id of ids("waiting", waiting)) pipeline.rpush(keys.queueWait, id);
  for (const id of ids("ended", ended)) pipeline.zadd(keys.queueCompleted, now, id);
  for (const id of ids("worker", workers)) pipeline.zadd(keys.workers, now + 60_000, id);
  await pipeline.exec();
};

test("a refused client comes back when a tenth of the queue has drained, by the measured rate", async () => {
  await fill({ waiting: 500, ended: 50 });
  // 50 in 10 s are 5 a second; 50 places take 10 s.
  expect(await new QueueMonitor(redis, keys).retryAfterS()).toBe(10);
});

test("a client polls when its job is likely to have ended", async () => {
  await fill({ waiting: 100, ended: 50 });
  const monitor = new QueueMonitor(redis, keys);
  expect(await monitor.pollAfterS()).toBe(20);
  expect(await monitor.read()).toMatchObject({ depth: 100, drainRatePerS: 5, estimatedWaitMs: 20_000 });
});

test("a place in line is waited for until as many jobs have ended, by the measured rate, if that is known", async () => {
  await fill({ waiting: 100, ended: 50 });
  expect(await new QueueMonitor(redis, keys).waitAtMs(2)).toBe(400);
  for (const state of [
    { waiting: 100, ended: 0 },
    { waiting: 100, ended: 50, workers: 0 },
  ]) {
    keys = redisKeys(uniqueKeyPrefix());
    await fill(state);
    expect(await new QueueMonitor(redis, keys).waitAtMs(2)).toBe(null);
  }
});

test.each([
  [20, 1],
  [2_600, 6],
  [60_000, 20],
])(
  "nobody waits for more than twice as long as the first in the queue has: %i ms, %i s",
  async (ms, pollS) => {
    await fill({ waiting: 100, ended: 50 });
    await redis.hset(keys.queueJob("waiting-0"), { timestamp: Date.now() - ms });
    await redis.hset(keys.queueJob("waiting-99"), { timestamp: Date.now() - ms });
    expect(await new QueueMonitor(redis, keys).pollAfterS()).toBe(pollS);
  },
);

test("hints stay within bounds, and where nothing is known they are cautious", async () => {
  await fill({ waiting: 5_000, ended: 1 });
  const slow = new QueueMonitor(redis, keys);
  expect([await slow.retryAfterS(), await slow.pollAfterS()]).toEqual([60, 30]);

  keys = redisKeys(uniqueKeyPrefix());
  await fill({ waiting: 5, ended: 0, workers: 0 });
  const idle = new QueueMonitor(redis, keys);
  expect([await idle.retryAfterS(), await idle.pollAfterS()]).toEqual([10, 1]);
  expect(await idle.read()).toMatchObject({ estimatedWaitMs: null });
});
