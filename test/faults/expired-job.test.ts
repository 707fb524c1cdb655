import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JOB_RECORD_BYTES } from "@semblance/shared/store/ledger";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { cancel, read, readQueue, submit, waitFor, waitForEnd } from "../support/client.ts";
import { connectToRedis } from "../support/connect-to-redis.ts";
import { eventually } from "../support/eventually.ts";
import { misdeed } from "../support/misdeeds.ts";

const fleet = createAppFleet();
const soon = { expires_in_ms: 1_000 };
let redis: Redis;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(() => redis.disconnect());

test("jobs that nobody started in time end as expired while no worker is alive, and leave nothing behind", async () => {
  const apis = await Promise.all([fleet.startApi(), fleet.startApi()]);
  const jobs = await Promise.all(
    Array.from({ length: 20 }, (_, index) => submit(apis[index % 2]!.url, misdeed("none", soon))),
  );
  for (const { id } of jobs) {
    const job = await waitForEnd(apis[0]!.url, id);
    expect(job).toMatchObject({
      status: "expired",
      attempts: 0,
      started_at: null,
      error: { code: "expired" },
    });
    expect(Date.parse(job.finished_at!)).toBeGreaterThanOrEqual(Date.parse(job.start_before));
  }
  const prefix = fleet.env["KEY_PREFIX"];
  await eventually("the queue is empty", async () =>
    (await readQueue(apis[0]!.url)).depth === 0 ? true : undefined,
  );
  await eventually("no deadline is left", async () =>
    (await redis.zcard(`${prefix}:start-deadlines`)) === 0 ? true : undefined,
  );
  // What they are shown from.
  expect(await redis.get(`${prefix}:ledger:total`)).toBe(String(jobs.length * JOB_RECORD_BYTES));
  expect((await cancel(apis[1]!.url, jobs[0]!.id)).status).toBe(409);

  // A worker that comes later finds nothing to run.
  await fleet.startWorker();
  expect(await read(apis[0]!.url, jobs[0]!.id)).toMatchObject({ status: "expired", attempts: 0 });
});

test("a killed sweeper is replaced by another API process", async () => {
  const [sweeper, other] = [await fleet.startApi(), await fleet.startApi()];
  await eventually("one of them sweeps", async () =>
    (await redis.exists(`${fleet.env["KEY_PREFIX"]}:sweeper`)) ? true : undefined,
  );
  const { id } = await submit(other.url, misdeed("none", soon));
  sweeper.kill("SIGKILL");
  expect(await waitForEnd(other.url, id)).toMatchObject({ status: "expired" });
});

test("a job that was started in time does not expire, however long it runs or waits for a retry", async () => {
  const api = await fleet.startApi();
  await fleet.startMisbehavingWorker({ JOB_ATTEMPTS: "2" });
  const running = await submit(api.url, misdeed("spins in JavaScript", { ...soon, timeout_ms: 3_000 }));
  const retried = await submit(api.url, misdeed("exits", soon));
  await waitFor(api.url, running.id, (job) => job.status === "running");
  expect(await waitForEnd(api.url, running.id)).toMatchObject({ error: { code: "timed_out" } });
  expect(await waitForEnd(api.url, retried.id)).toMatchObject({ attempts: 2, error: { code: "crashed" } });
});

test("jobs that a worker took and put back for want of a thread expire as if they had not been taken", async () => {
  const dir = await mkdtemp(join(tmpdir(), "semblance-test-expired-"));
  const orders = join(dir, "orders");
  await writeFile(orders, "hang");
  const api = await fleet.startApi();
  const jobs = await Promise.all(
    Array.from({ length: 6 }, () => submit(api.url, misdeed("none", { expires_in_ms: 2_000 }))),
  );
  const worker = await fleet.startMisbehavingWorker({
    THREAD_ORDERS: orders,
    THREAD_START_LIMIT_MS: "500",
    BREAKER_THRESHOLD: "6",
    WORKER_CONCURRENCY: "2",
  });
  for (const { id } of jobs) {
    expect(await waitForEnd(api.url, id)).toMatchObject({ status: "expired", attempts: 0 });
  }
  worker.kill("SIGKILL");
  await eventually("the queue is empty", async () =>
    (await readQueue(api.url)).depth === 0 ? true : undefined,
  );
  await rm(dir, { recursive: true });
});
