import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cancel, readProblem, submit, waitForEnd, waitUntilInThreads } from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { longJob } from "../../../test/support/long-job.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";

const keyPrefix = uniqueKeyPrefix();
const submission = { query: "a", candidates: ["a", "b"], metadata: { order: "1" } };
let env: Record<string, string>;
let api: InProcessApi;
let redis: Redis;

beforeAll(async () => {
  env = { REDIS_URL: redisUrl(), KEY_PREFIX: keyPrefix };
  redis = connectToRedis();
  api = await startInProcessApi(env);
});
afterAll(async () => {
  await api.close();
  redis.disconnect();
});

const remove = (id: string) => fetch(`${api.url}/v1/jobs/${id}`, { method: "DELETE" });
const keysOf = (id: string) => redis.keys(`${keyPrefix}:*${id}*`);

const expectGone = async (id: string) => {
  expect((await fetch(`${api.url}/v1/jobs/${id}`)).status).toBe(404);
  expect((await fetch(`${api.url}/v1/jobs/${id}/result`)).status).toBe(404);
  expect((await remove(id)).status).toBe(404);
};

test("a job that has not ended is not deleted", async () => {
  const { id } = await submit(api.url, submission);
  expect(await readProblem(await remove(id))).toMatchObject({ type: "/problems/not-done", status: 409 });
  expect((await fetch(`${api.url}/v1/jobs/${id}`)).status).toBe(200);
});

test("nothing is kept of one that is deleted, and its bytes are given back", async () => {
  const stored = `${keyPrefix}:ledger:total`;
  const before = await redis.get(stored);
  const canceled = await submit(api.url, submission);
  await cancel(api.url, canceled.id);
  const worker = await startInProcessWorker(env);
  const succeeded = await submit(api.url, submission);
  await waitForEnd(api.url, succeeded.id);
  await worker.close();
  for (const { id } of [canceled, succeeded]) {
    const response = await remove(id);
    expect([response.status, await response.text()]).toEqual([204, ""]);
    await expectGone(id);
    expect(await keysOf(id)).toEqual([]);
    expect(await redis.hexists(`${keyPrefix}:ledger:entries`, id)).toBe(0);
  }
  expect(Number(await redis.get(stored))).toBeLessThanOrEqual(Number(before));
});

test("one whose worker still holds it is not shown again when that lets it go", async () => {
  const worker = await startInProcessWorker(env);
  const { id } = await submit(api.url, { ...longJob, timeout_ms: 10_000 });
  await waitUntilInThreads(worker.healthUrl, 1);
  await redis.hset(`${keyPrefix}:end-mark:${id}`, {
    ...(await redis.hgetall(`${keyPrefix}:scoring:${id}`)),
    failedReason: "canceled: the job was canceled",
    finishedOn: String(Date.now()),
  });
  expect((await remove(id)).status).toBe(204);
  await expectGone(id);
  await eventually("its worker let it go", async () =>
    (await redis.hexists(`${keyPrefix}:scoring:${id}`, "finishedOn")) ? true : undefined,
  );
  await expectGone(id);
  await worker.close();
});

test("an unknown job cannot be deleted", async () => {
  expect((await remove("job_00000000000000000000000000000000")).status).toBe(404);
});
