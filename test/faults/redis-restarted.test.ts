import { expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { submit, waitFor, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { misdeed } from "../support/misdeeds.ts";
import { createOwnRedis } from "../support/own-redis.ts";

const redis = createOwnRedis();
const fleet = createAppFleet(redis.url);

test.each(["SIGTERM", "SIGKILL"] as const)(
  "a Redis that is restarted by %s costs no accepted job, whether it waits, runs or is to be retried",
  { timeout: 120_000 },
  async (signal) => {
    const api = await fleet.startApi();
    const env = { WORKER_CONCURRENCY: "2", LOCK_MS: "2000", STALLED_CHECK_MS: "500", JOB_ATTEMPTS: "2" };
    await fleet.startMisbehavingWorker(env);
    const retried = await submit(api.url, misdeed("exits"));
    await waitFor(api.url, retried.id, (job) => job.attempts === 1 && job.status === "queued");
    const running = await submit(api.url, misdeed("spins in JavaScript", { timeout_ms: 3_000 }));
    await waitFor(api.url, running.id, (job) => job.status === "running");
    const waiting = await Promise.all(Array.from({ length: 20 }, () => submit(api.url, misdeed("none"))));

    await redis.restart(signal);
    await eventually("the API is back", async () =>
      (await fetch(`${api.url}/readyz`)).status === 200 ? true : undefined,
    );
    expect(await waitForEnd(api.url, retried.id, 60_000)).toMatchObject({ error: { code: "crashed" } });
    expect(await waitForEnd(api.url, running.id, 60_000)).toMatchObject({ error: { code: "timed_out" } });
    for (const { id } of waiting) {
      expect(await waitForEnd(api.url, id, 60_000)).toMatchObject({ status: "succeeded" });
    }
    const next = await submit(api.url, misdeed("none"));
    expect(await waitForEnd(api.url, next.id, 60_000)).toMatchObject({ status: "succeeded", attempts: 1 });
  },
);
