import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppProcess, startApiProcess, startAppProcess } from "../support/app-process.ts";
import { submit, waitForEnd } from "../support/client.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";

const GOOD = 1;
const HANGS = 2;
let api: AppProcess;
let worker: AppProcess;

beforeAll(async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix(), JOB_ATTEMPTS: "2" };
  api = await startApiProcess(env);
  worker = await startAppProcess("test/support/worker-that-misbehaves.ts", {
    ...env,
    WORKER_CONCURRENCY: "2",
    SANDBOX_HEAP_MB: "32",
  });
});

afterAll(async () => {
  await worker.dispose();
  await api.dispose();
});

/** The misbehaving processor goes by the number of candidates. */
const submitKind = (kind: number, fields: object = {}) =>
  submit(api.url, { query: "a", candidates: Array.from({ length: kind }, () => "b"), ...fields });

test("a job that hangs ends as timed_out, once, and its neighbours are scored meanwhile", async () => {
  const hung = await submitKind(HANGS, { timeout_ms: 1_000 });
  const neighbours = await Promise.all(Array.from({ length: 20 }, () => submitKind(GOOD)));

  const ended = await waitForEnd(api.url, hung.id);
  expect(ended).toMatchObject({ status: "failed", attempts: 1, error: { code: "timed_out" }, result: null });
  for (const { id } of neighbours) {
    const job = await waitForEnd(api.url, id);
    expect([job.status, job.attempts]).toEqual(["succeeded", 1]);
    expect(Date.parse(job.finished_at!)).toBeLessThan(Date.parse(ended.finished_at!));
  }
});

describe("a thread that dies takes its own attempt with it, and nothing else", () => {
  test.each([
    { fault: "throws outside of the job", kind: 3, code: "crashed" },
    { fault: "exits", kind: 4, code: "crashed" },
    { fault: "runs out of memory", kind: 5, code: "out_of_memory" },
    { fault: "leaves a rejection unhandled", kind: 6, code: "crashed" },
  ])("when it $fault: retried, then failed as $code", async ({ kind, code }) => {
    const bad = await submitKind(kind);
    const good = await Promise.all(Array.from({ length: 10 }, () => submitKind(GOOD)));
    const ended = await waitForEnd(api.url, bad.id);
    expect(ended).toMatchObject({ status: "failed", attempts: 2, error: { code } });
    for (const { id } of good) {
      const job = await waitForEnd(api.url, id);
      expect([job.status, job.attempts]).toEqual(["succeeded", 1]);
    }
  });
});
