import { expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { submit, waitForEnd } from "../support/client.ts";
import { type Misdeed, misdeed } from "../support/misdeeds.ts";

const fleet = createAppFleet();

test.each<Misdeed>([
  "spins in JavaScript",
  "spins in WebAssembly",
  "matches a catastrophic regular expression",
  "waits for what never comes",
])("a job that %s ends as timed_out, once, and its neighbours are scored meanwhile", async (what) => {
  const api = await fleet.startApi();
  await fleet.startMisbehavingWorker({ WORKER_CONCURRENCY: "2" });
  const hung = await submit(api.url, misdeed(what, { timeout_ms: 1_000 }));
  const neighbours = await Promise.all(Array.from({ length: 20 }, () => submit(api.url, misdeed("none"))));

  const ended = await waitForEnd(api.url, hung.id);
  expect(ended).toMatchObject({ status: "failed", attempts: 1, error: { code: "timed_out" }, result: null });
  // Its own limit counts, below the configured one.
  expect(ended.error?.message).toBe("the attempt ran longer than 1000 ms");
  for (const { id } of neighbours) {
    const job = await waitForEnd(api.url, id);
    expect([job.status, job.attempts]).toEqual(["succeeded", 1]);
    expect(Date.parse(job.finished_at!)).toBeLessThan(Date.parse(ended.finished_at!));
  }
});

test("a job that times out is tried again only where the operator says so", async () => {
  const api = await fleet.startApi();
  await fleet.startMisbehavingWorker({ TIMEOUT_ATTEMPTS: "2" });
  const { id } = await submit(api.url, misdeed("spins in JavaScript", { timeout_ms: 100 }));
  expect(await waitForEnd(api.url, id)).toMatchObject({ attempts: 2, error: { code: "timed_out" } });
});
