import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { read, readMetric, readQueue, readReadiness, submit, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { misdeed } from "../support/misdeeds.ts";

const JOBS = 100;
const FAILURES = "semblance_thread_start_failures_total";
/** The concurrency and a spare, all started when the worker is. */
const FAILURES_AT_ONCE = 3;
const fleet = createAppFleet();
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "semblance-test-start-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test.each(["throw", "exit", "hang"])(
  "while threads %s as they start, jobs wait with no attempt burned, and all succeed after the repair",
  async (fault) => {
    const orders = join(dir, "orders");
    await writeFile(orders, fault);
    const api = await fleet.startApi();
    const jobs = await Promise.all(Array.from({ length: JOBS }, () => submit(api.url, misdeed("none"))));
    const startedAtMs = performance.now();
    const worker = await fleet.startMisbehavingWorker({
      THREAD_ORDERS: orders,
      WORKER_CONCURRENCY: "2",
      THREAD_START_LIMIT_MS: "1000",
    });
    await eventually("the worker says that it takes no jobs", async () =>
      (await readReadiness(worker.url)) === "threads-cannot-start" ? true : undefined,
    );
    await eventually("two probes failed", async () =>
      (await readMetric(worker.url, FAILURES)) >= FAILURES_AT_ONCE + 2 ? true : undefined,
    );
    // A slow machine only makes it slower: the pauses between probes have a least length.
    const elapsedS = (performance.now() - startedAtMs) / 1_000;
    expect((await readMetric(worker.url, FAILURES)) / elapsedS).toBeLessThan(2);
    expect(await readMetric(worker.url, "semblance_breaker_open")).toBe(1);
    expect(await readMetric(worker.url, 'semblance_threads{state="alive"}')).toBeLessThanOrEqual(3);
    await eventually("nobody counts on the worker", async () =>
      (await readQueue(api.url)).workers === 0 ? true : undefined,
    );
    expect(await readQueue(api.url)).toMatchObject({ depth: JOBS, threads: 0, breakers_open: 1 });
    for (const { id } of jobs) {
      expect(await read(api.url, id)).toMatchObject({ status: "queued", attempts: 0 });
    }

    await writeFile(orders, "start");
    for (const { id } of jobs) {
      expect(await waitForEnd(api.url, id)).toMatchObject({ status: "succeeded", attempts: 1 });
    }
    expect(await readReadiness(worker.url)).toBe("ready");
    expect(await readQueue(api.url)).toMatchObject({ workers: 1, threads: 2, breakers_open: 0 });
  },
);
