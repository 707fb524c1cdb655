import { afterEach, expect, test } from "vitest";
import {
  type AppProcess,
  startApiProcess,
  startAppProcess,
  startWorkerProcess,
} from "../support/app-process.ts";
import { read, submit, waitFor, waitForEnd } from "../support/client.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";

let living: AppProcess[] = [];

afterEach(async () => {
  await Promise.all(living.map((app) => app.dispose()));
  living = [];
});

const keep = async (app: Promise<AppProcess>): Promise<AppProcess> => {
  living.push(await app);
  return app;
};

test("a worker that is told to stop puts its running jobs back, their attempts not counted", async () => {
  const env = {
    REDIS_URL: redisUrl(),
    KEY_PREFIX: uniqueKeyPrefix(),
    WORKER_CONCURRENCY: "2",
    SHUTDOWN_GRACE_MS: "100",
  };
  const api = await keep(startApiProcess(env));
  const stuck = await keep(startAppProcess("test/support/worker-that-misbehaves.ts", env));
  const jobs = await Promise.all(
    Array.from({ length: 2 }, () => submit(api.url, { query: "a", candidates: ["hangs", "there"] })),
  );
  for (const { id } of jobs) await waitFor(api.url, id, (job) => job.status === "running");
  stuck.kill("SIGTERM");
  expect(await stuck.exited).toBe(0);
  for (const { id } of jobs) {
    expect(await read(api.url, id)).toMatchObject({ status: "queued", attempts: 0 });
  }

  await keep(startWorkerProcess(env));
  for (const { id } of jobs) {
    expect(await waitForEnd(api.url, id)).toMatchObject({ status: "succeeded", attempts: 1 });
  }
});

test("an API that is told to stop says so, ends what it has begun, and exits", async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  const api = await keep(startApiProcess(env));
  await submit(api.url, { query: "a", candidates: ["b"] });
  api.kill("SIGTERM");
  expect(await api.exited).toBe(0);
});

test("both apps stop when their launcher is gone", async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  const apps = [await keep(startApiProcess(env)), await keep(startWorkerProcess(env))];
  for (const app of apps) app.abandon();
  for (const app of apps) expect(await app.exited).toBe(0);
});
