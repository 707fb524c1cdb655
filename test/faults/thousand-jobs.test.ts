import { expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { readMetric, submit, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { type Misdeed, misdeed } from "../support/misdeeds.ts";

const JOBS = 1_000;
const CONCURRENCY = 2;
const ATTEMPTS = 3;
const fleet = createAppFleet();

/** How each job of twenty ends: a tenth of them hang, a twentieth each dies in one of four ways, the others are good. */
const KINDS: { what: Misdeed; status: string; attempts: number; code?: string }[] = [
  { what: "spins in JavaScript", status: "failed", attempts: 1, code: "timed_out" },
  { what: "spins in JavaScript", status: "failed", attempts: 1, code: "timed_out" },
  { what: "throws outside of the job", status: "failed", attempts: ATTEMPTS, code: "crashed" },
  { what: "exits", status: "failed", attempts: ATTEMPTS, code: "crashed" },
  { what: "runs out of memory", status: "failed", attempts: ATTEMPTS, code: "out_of_memory" },
  { what: "leaves a rejection unhandled", status: "failed", attempts: ATTEMPTS, code: "crashed" },
];
const GOOD = { what: "none", status: "succeeded", attempts: 1 } as const;
const kindOf = (index: number) => KINDS[index % 20] ?? GOOD;

test("of a thousand jobs every good one succeeds at once, and every bad one fails with its code after its attempts", {
  timeout: 600_000,
}, async () => {
  const api = await fleet.startApi({ QUEUE_DEPTH_MAX: String(JOBS) });
  const worker = await fleet.startMisbehavingWorker({
    WORKER_CONCURRENCY: String(CONCURRENCY),
    JOB_ATTEMPTS: String(ATTEMPTS),
    SANDBOX_HEAP_MB: "32",
  });
  const jobs: { id: string; index: number }[] = [];
  for (let index = 0; index < JOBS; index += 1) {
    const { what } = kindOf(index);
    const fields = what === "spins in JavaScript" ? { timeout_ms: 100 } : {};
    const { id } = await submit(api.url, misdeed(what, fields));
    jobs.push({ id, index });
  }

  let threadsMost = 0;
  let isWatching = true;
  const watched = eventually(
    "the end of the watch",
    async () => {
      threadsMost = Math.max(threadsMost, await readMetric(worker.url, 'semblance_threads{state="alive"}'));
      return isWatching ? undefined : true;
    },
    600_000,
  );
  for (const { id, index } of jobs) {
    const { what, status, attempts, code } = { code: undefined, ...kindOf(index) };
    const job = await waitForEnd(api.url, id, 500_000);
    expect({ what, status: job.status, attempts: job.attempts, code: job.error?.code }).toEqual({
      what,
      status,
      attempts,
      code,
    });
  }
  isWatching = false;
  await watched;
  expect(threadsMost).toBe(CONCURRENCY + 1);
  expect(await readMetric(worker.url, 'semblance_thread_kills_total{reason="timed_out"}')).toBe(JOBS / 10);
  expect(worker.child.exitCode).toBeNull();
});
