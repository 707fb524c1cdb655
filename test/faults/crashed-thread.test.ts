import { expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { submit, waitForEnd } from "../support/client.ts";
import { type Misdeed, misdeed } from "../support/misdeeds.ts";

const fleet = createAppFleet();

test.each<{ what: Misdeed; code: string }>([
  { what: "throws outside of the job", code: "crashed" },
  { what: "exits", code: "crashed" },
  { what: "runs out of memory", code: "out_of_memory" },
  { what: "leaves a rejection unhandled", code: "crashed" },
  { what: "floods the main thread", code: "crashed" },
])(
  "a thread that dies, as its job $what, takes that attempt with it and nothing else",
  async ({ what, code }) => {
    const api = await fleet.startApi();
    await fleet.startMisbehavingWorker({ WORKER_CONCURRENCY: "2", SANDBOX_HEAP_MB: "32", JOB_ATTEMPTS: "2" });
    const bad = await submit(api.url, misdeed(what));
    const good = await Promise.all(Array.from({ length: 10 }, () => submit(api.url, misdeed("none"))));
    expect(await waitForEnd(api.url, bad.id)).toMatchObject({
      status: "failed",
      attempts: 2,
      error: { code },
    });
    for (const { id } of good) {
      const job = await waitForEnd(api.url, id);
      expect([job.status, job.attempts]).toEqual(["succeeded", 1]);
    }
  },
);
