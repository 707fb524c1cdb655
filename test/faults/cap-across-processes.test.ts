import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppProcess, startApiProcess } from "../support/app-process.ts";
import { post } from "../support/client.ts";
import { connectToRedis } from "../support/connect-to-redis.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";

const PROCESSES = 4;
const OFFERED_EACH = 75;
const keyPrefix = uniqueKeyPrefix();
let apis: AppProcess[];
let redis: Redis;

beforeAll(async () => {
  redis = connectToRedis();
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: keyPrefix, QUEUE_DEPTH_MAX: "100" };
  apis = await Promise.all(Array.from({ length: PROCESSES }, () => startApiProcess(env)));
});

afterAll(async () => {
  await Promise.all(apis.map((api) => api.dispose()));
  redis.disconnect();
});

test("four processes that admit at once take exactly the cap, and never one more stands in Redis", async () => {
  let deepest = 0;
  let submitting = true;
  const watch = (async () => {
    while (submitting) deepest = Math.max(deepest, await redis.zcard(`${keyPrefix}:scoring:prioritized`));
  })();
  const offered = apis.flatMap(({ url }) =>
    Array.from({ length: OFFERED_EACH }, () => post(url, { query: "a", candidates: ["b"] })),
  );
  const statuses = (await Promise.all(offered)).map((response) => response.status);
  submitting = false;
  await watch;

  expect(statuses.filter((status) => status === 202)).toHaveLength(100);
  expect(statuses.filter((status) => status === 503)).toHaveLength(PROCESSES * OFFERED_EACH - 100);
  expect(await redis.zcard(`${keyPrefix}:scoring:prioritized`)).toBe(100);
  expect(deepest).toBeLessThanOrEqual(100);
});
