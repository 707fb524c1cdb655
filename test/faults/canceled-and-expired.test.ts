import type { JobView } from "@semblance/shared/job/job-view";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { cancel, json, read, submit, waitFor, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { type InProcessApi, startInProcessApi } from "../support/in-process-api.ts";
import { startInProcessWorker } from "../support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";

const MISBEHAVING = new URL("../support/misbehaving-processor.ts", import.meta.url);
const hanging = { query: "a", candidates: ["hangs", "there"] };
let env: Record<string, string>;
let api: InProcessApi;
let redis: Redis;

beforeAll(() => {
  redis = new Redis(redisUrl());
});
beforeEach(async () => {
  env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  api = await startInProcessApi(env);
  return () => api.close();
});
afterAll(() => redis.disconnect());

test("a cancel of a running job is final at once, whatever becomes of its attempt", async () => {
  const { close } = await startInProcessWorker(env, MISBEHAVING);
  const { id } = await submit(api.url, { ...hanging, timeout_ms: 500 });
  await waitFor(api.url, id, (job) => job.status === "running");
  const canceled = await json<JobView>(cancel(api.url, id));
  expect(canceled).toMatchObject({ status: "canceled", done: true, attempts: 1 });

  const job = `${env["KEY_PREFIX"]}:scoring:${id}`;
  await eventually("the attempt ends", async () =>
    (await redis.hexists(job, "finishedOn")) ? true : undefined,
  );
  expect(await read(api.url, id)).toEqual({ ...canceled, result: null });
  await close();
});

test("a job that was marked as canceled, but left in the queue, is not run", async () => {
  const { id } = await submit(api.url, hanging);
  const prefix = env["KEY_PREFIX"];
  const fields = await redis.hgetall(`${prefix}:scoring:${id}`);
  await redis.hset(`${prefix}:canceled:${id}`, {
    data: fields["data"]!,
    timestamp: 1,
    atm: 0,
    finishedOn: Date.now(),
  });
  const { close } = await startInProcessWorker(env, MISBEHAVING);
  const reason = await eventually(
    "the job ends",
    async () => (await redis.hget(`${prefix}:scoring:${id}`, "failedReason")) ?? undefined,
  );
  expect(reason).toMatch(/^canceled: /);
  await close();
});

test("a job that no worker took in time ends as expired, without being run", async () => {
  const { id, start_before } = await submit(api.url, { ...hanging, expires_in_ms: 1_000 });
  await eventually("its time is over", () => (Date.now() > Date.parse(start_before) ? true : undefined));
  const { close } = await startInProcessWorker(env, MISBEHAVING);
  const job = await waitForEnd(api.url, id);
  expect(job).toMatchObject({ status: "expired", done: true, error: { code: "expired" }, result: null });
  await eventually("its payload is dropped", async () =>
    (await redis.exists(`${env["KEY_PREFIX"]}:payload:${id}`)) === 0 ? true : undefined,
  );
  expect(await redis.get(`${env["KEY_PREFIX"]}:stored:total`)).toBe("0");
  await close();
});

test("a job whose result was stored before its worker died is not scored again", async () => {
  const { id } = await submit(api.url, hanging);
  const result = { results: [], scored: 2, duration_ms: 1 };
  await redis.set(`${env["KEY_PREFIX"]}:result:${id}`, JSON.stringify(result));
  const { close } = await startInProcessWorker(env, MISBEHAVING);
  expect(await waitForEnd(api.url, id)).toMatchObject({ status: "succeeded", attempts: 1, result });
  await close();
});
