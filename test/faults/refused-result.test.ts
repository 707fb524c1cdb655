import { redisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { cancel, read, submit, waitForEnd } from "../support/client.ts";
import { connectToRedis } from "../support/connect-to-redis.ts";
import { eventually } from "../support/eventually.ts";
import { type InProcessApi, startInProcessApi } from "../support/in-process-api.ts";
import { type InProcessWorker, startInProcessWorker } from "../support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";

const submission = { query: "a", candidates: ["a", "b"] };
let redis: Redis;
let api: InProcessApi;
let worker: InProcessWorker;
let keys: ReturnType<typeof redisKeys>;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(() => redis.disconnect());

beforeEach(async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  keys = redisKeys(env.KEY_PREFIX);
  [api, worker] = await Promise.all([startInProcessApi(env), startInProcessWorker(env)]);
  onTestFinished(async () => {
    await worker.close();
    await api.close();
  });
});

/** Something happens between a thread's answer and the storing of its result, once. */
const beforeStoring = (happens: (id: string) => Promise<unknown>) => {
  const { store } = worker.worker;
  const storeResult = store.storeResult.bind(store);
  vi.spyOn(store, "storeResult").mockImplementationOnce(async (...args) => {
    await happens(args[0]);
    return storeResult(...args);
  });
};

test("a job is not completed when its result could not be stored, though both are sent together", async () => {
  beforeStoring(() => Promise.reject(new Error("refused")));
  const { id } = await submit(api.url, submission);
  const job = await waitForEnd(api.url, id);
  expect(job).toMatchObject({ status: "succeeded", attempts: 2, result: { scored: 2 } });
});

test("a completion that overtakes its result is made up for, once the result is there", async () => {
  beforeStoring(() => redis.ping());
  const { id } = await submit(api.url, submission);
  expect(await waitForEnd(api.url, id)).toMatchObject({ status: "succeeded", attempts: 1 });
});

test("a job is not completed twice, nor tried again, when Redis forgets its scripts", async () => {
  for (let count = 0; count < 5; count += 1) {
    await redis.script("FLUSH");
    const { id } = await submit(api.url, submission);
    expect(await waitForEnd(api.url, id)).toMatchObject({ status: "succeeded", attempts: 1 });
  }
});

test("a job that was canceled meanwhile is not completed, and it is not tried again", async () => {
  beforeStoring((id) => cancel(api.url, id));
  const { id } = await submit(api.url, submission);
  expect(await waitForEnd(api.url, id)).toMatchObject({ status: "canceled", attempts: 1, result: null });
  await eventually("its worker let it go", async () =>
    (await redis.hget(keys.queueJob(id), "failedReason"))?.startsWith("canceled: ") ? true : undefined,
  );
  expect(await redis.exists(keys.result(id))).toBe(0);
  await eventually("its texts are gone", async () =>
    (await redis.hget(keys.queueJob(id), "data"))?.includes("payload") ? undefined : true,
  );
});

test("a job that another worker has by now is not completed, and this one goes on", async () => {
  beforeStoring((id) => redis.set(keys.queueLock(id), "another worker's"));
  const lost = await submit(api.url, submission);
  const next = await submit(api.url, submission);
  expect(await waitForEnd(api.url, next.id)).toMatchObject({ status: "succeeded" });
  expect(await redis.get(keys.queueLock(lost.id))).toBe("another worker's");
  expect(await redis.hexists(keys.queueJob(lost.id), "finishedOn")).toBe(0);
  expect((await read(api.url, lost.id)).done).toBe(false);
});

test("each of many jobs, one after another on the same slot, finds its lock as it expects it", async () => {
  for (let count = 0; count < 20; count += 1) {
    const { id } = await submit(api.url, submission);
    expect(await waitForEnd(api.url, id)).toMatchObject({ status: "succeeded", attempts: 1 });
  }
  const all = await Promise.all(Array.from({ length: 100 }, () => submit(api.url, submission)));
  for (const { id } of all) {
    expect(await waitForEnd(api.url, id)).toMatchObject({ status: "succeeded", attempts: 1 });
  }
});
