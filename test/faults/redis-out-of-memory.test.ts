import { expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { post, readMetric, readProblem, submit, waitFor, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { misdeed } from "../support/misdeeds.ts";
import { createOwnRedis } from "../support/own-redis.ts";

const KILLS_BY_DEADLINE = 'semblance_thread_kills_total{reason="timed_out"}';
const redis = createOwnRedis();
const fleet = createAppFleet(redis.url);

test("a Redis out of memory refuses new jobs and costs no accepted one", { timeout: 120_000 }, async () => {
  const api = await fleet.startApi();
  const worker = await fleet.startMisbehavingWorker({
    WORKER_CONCURRENCY: "2",
    LOCK_MS: "2000",
    STALLED_CHECK_MS: "500",
  });
  const running = await submit(api.url, misdeed("spins in JavaScript", { timeout_ms: 1_000 }));
  await waitFor(api.url, running.id, (job) => job.status === "running");
  await redis.fill();
  expect(await readProblem(await post(api.url, misdeed("none")))).toMatchObject({
    status: 503,
    type: "/problems/store-unavailable",
  });
  await eventually("the thread is dead, and nobody can be told", async () =>
    (await readMetric(worker.url, KILLS_BY_DEADLINE)) === 1 ? true : undefined,
  );
  await redis.drain();
  expect(await waitForEnd(api.url, running.id, 60_000)).toMatchObject({ error: { code: "timed_out" } });
  const next = await submit(api.url, misdeed("none"));
  expect(await waitForEnd(api.url, next.id, 60_000)).toMatchObject({ status: "succeeded" });
});
