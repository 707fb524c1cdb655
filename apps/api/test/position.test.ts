import type { PositionView } from "@semblance/shared/queue/position-view";
import { type RedisKeys, redisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { cancel, json, readProblem, submit, waitFor } from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { startInProcessApi } from "../../../test/support/in-process-api.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { misdeed } from "../../../test/support/misdeeds.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { readPosition } from "../src/queue/read-position.ts";

const MISBEHAVING = new URL("../../../test/support/misbehaving-processor.ts", import.meta.url);
const NOWHERE = { position: null, estimated_wait_ms: null };

let redis: Redis;
let keys: RedisKeys;
let env: Record<string, string>;
let url: string;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(() => redis.disconnect());
beforeEach(async () => {
  env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  keys = redisKeys(env["KEY_PREFIX"]!);
  const api = await startInProcessApi(env);
  onTestFinished(() => api.close());
  url = api.url;
});

const ask = (id: string) => fetch(`${url}/v1/jobs/${id}/position`);
const read = (id: string) => json<PositionView>(ask(id));
const submitSome = async (count: number, fields: object = {}) => {
  const ids: string[] = [];
  while (ids.length < count) ids.push((await submit(url, misdeed("none", fields))).id);
  return ids;
};
const positionsOf = (ids: string[]) => Promise.all(ids.map(async (id) => (await read(id)).position));

test("jobs stand in the order in which they will be taken, the next one at 1", async () => {
  const normal = await submitSome(3);
  const [high] = await submitSome(1, { priority: "high" });
  expect((await positionsOf([...normal, high!])).toSorted()).toEqual([1, 2, 3, 4]);
  const taken = await redis.zrange(keys.queuePrioritized, "0", "-1");
  expect(await positionsOf(taken)).toEqual([1, 2, 3, 4]);
  expect((await cancel(url, taken[1]!)).status).toBe(200);
  expect(await positionsOf(taken)).toEqual([1, null, 2, 3]);
});

test("those that dead workers held go before all others, the last of them first", async () => {
  const [first, second, other] = (await submitSome(3)) as [string, string, string];
  // As BullMQ puts back what has stalled.
  for (const id of [first, second]) {
    await redis.zrem(keys.queuePrioritized, id);
    await redis.rpush(keys.queueWait, id);
  }
  expect(await positionsOf([second, first, other])).toEqual([1, 2, 3]);
});

test("a long list costs a look at its next thousand at the most", async () => {
  await redis.rpush(keys.queueWait, "far", "near", ...Array.from({ length: 999 }, (_, at) => `${at}`));
  expect(await readPosition(redis, keys, "near")).toBe(1_000);
  expect(await readPosition(redis, keys, "far")).toBe(null);
});

test("the wait is told by the rate at which jobs end, and not where nothing says how long", async () => {
  const [, second] = await submitSome(2);
  expect(await read(second!)).toEqual({ position: 2, estimated_wait_ms: null });
  const now = Date.now();
  for (let at = 0; at < 50; at += 1) await redis.zadd(keys.queueCompleted, now, `ended-${at}`);
  await redis.zadd(keys.workers, now + 60_000, "worker");
  // 50 in 10 s are 5 a second, and two are to end before it.
  await eventually("a reading that is new", async () =>
    (await read(second!)).estimated_wait_ms === 400 ? true : undefined,
  );
});

test("a job that runs, waits for its next attempt, or is done, stands nowhere", async () => {
  const worker = await startInProcessWorker(env, MISBEHAVING);
  onTestFinished(() => worker.close());
  const { id: running } = await submit(url, misdeed("waits for what never comes"));
  await waitFor(url, running, ({ status }) => status === "running");
  expect(await read(running)).toEqual(NOWHERE);
  const [done] = await submitSome(1);
  await waitFor(url, done!, ({ status }) => status === "succeeded");
  expect(await read(done!)).toEqual(NOWHERE);
  await worker.close();
  const [delayed] = await submitSome(1);
  await redis.zrem(keys.queuePrioritized, delayed!);
  await redis.zadd(keys.queueDelayed, Date.now() + 60_000, delayed!);
  expect(await read(delayed!)).toEqual(NOWHERE);
});

test("a canceled job that could not be taken out of the queue stands nowhere either", async () => {
  const [id] = await submitSome(1);
  await cancel(url, id!);
  await redis.zadd(keys.queuePrioritized, 1, id!);
  expect(await read(id!)).toEqual(NOWHERE);
});

test("of a job that there is not, there is no place", async () => {
  for (const id of [`job_${"0".repeat(32)}`, "1", "%00"]) {
    expect((await readProblem(await ask(id))).type).toBe("/problems/not-found");
  }
});
