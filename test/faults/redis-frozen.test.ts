import { expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import {
  post,
  readMetric,
  readProblem,
  readReadiness,
  submit,
  waitForEnd,
  waitUntilInThreads,
} from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { misdeed } from "../support/misdeeds.ts";
import { createOwnRedis } from "../support/own-redis.ts";

const KILLS_BY_DEADLINE = 'semblance_thread_kills_total{reason="timed_out"}';
const redis = createOwnRedis();
const fleet = createAppFleet(redis.url);

test("a Redis that freezes is answered with 503, and everything goes on when it thaws", {
  timeout: 120_000,
}, async () => {
  const api = await fleet.startApi();
  const worker = await fleet.startMisbehavingWorker({ LOCK_MS: "1000", STALLED_CHECK_MS: "500" });
  const running = await submit(api.url, misdeed("spins in JavaScript", { timeout_ms: 1_500 }));
  await waitUntilInThreads(worker.url, 1);
  redis.freeze();
  const refused = await post(api.url, misdeed("none"));
  expect(await readProblem(refused)).toMatchObject({ type: "/problems/store-unavailable" });
  await eventually("the worker says so", async () =>
    (await readReadiness(worker.url)) === "store-unavailable" ? true : undefined,
  );
  // A deadline needs no Redis, and by then the job's lock is over as well.
  await eventually("the thread is dead", async () =>
    (await readMetric(worker.url, KILLS_BY_DEADLINE)) === 1 ? true : undefined,
  );
  redis.thaw();

  expect(await waitForEnd(api.url, running.id, 60_000)).toMatchObject({ error: { code: "timed_out" } });
  const next = await submit(api.url, misdeed("none"));
  expect(await waitForEnd(api.url, next.id, 60_000)).toMatchObject({ status: "succeeded" });
  await eventually("the worker is ready", async () =>
    (await readReadiness(worker.url)) === "ready" ? true : undefined,
  );
});
