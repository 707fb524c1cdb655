import { expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { submit, waitForEnd } from "../support/client.ts";
import { misdeed } from "../support/misdeeds.ts";

const PROCESSES = 3;
const fleet = createAppFleet();

test("a job that took three worker processes down is failed as crashed, and the fourth lives", async () => {
  const api = await fleet.startApi();
  const env = { WORKER_CONCURRENCY: "1", LOCK_MS: "1000", STALLED_CHECK_MS: "200" };
  const { id } = await submit(api.url, misdeed("kills its process"));
  for (let process = 0; process < PROCESSES; process += 1) {
    const worker = await fleet.startMisbehavingWorker(env);
    expect(await worker.exited).toBe("SIGKILL");
  }
  await fleet.startMisbehavingWorker(env);
  expect(await waitForEnd(api.url, id)).toMatchObject({ status: "failed", error: { code: "crashed" } });
  const next = await submit(api.url, misdeed("none"));
  expect(await waitForEnd(api.url, next.id)).toMatchObject({ status: "succeeded", attempts: 1 });
});
