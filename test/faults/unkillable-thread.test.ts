import { expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { submit, waitFor, waitForEnd } from "../support/client.ts";
import { misdeed } from "../support/misdeeds.ts";

const fleet = createAppFleet();

test("a worker whose thread cannot be killed ends that attempt, drains its other jobs and dies, to be restarted", async () => {
  const api = await fleet.startApi();
  const stuck = await fleet.startMisbehavingWorker({ WORKER_CONCURRENCY: "2", SANDBOX_KILL_GRACE_MS: "300" });
  const native = await submit(api.url, misdeed("is inside of a native call", { timeout_ms: 200 }));
  const slow = await submit(api.url, misdeed("spins in JavaScript", { timeout_ms: 2_000 }));
  for (const { id } of [native, slow]) await waitFor(api.url, id, (job) => job.status !== "queued");

  expect(await stuck.exited).toBe("SIGKILL");
  // Both had their full time, the neighbour beyond the moment at which the worker gave up.
  for (const { id } of [native, slow]) {
    expect(await waitForEnd(api.url, id)).toMatchObject({ attempts: 1, error: { code: "timed_out" } });
  }

  await fleet.startMisbehavingWorker();
  const { id } = await submit(api.url, misdeed("none"));
  expect(await waitForEnd(api.url, id)).toMatchObject({ status: "succeeded" });
});
