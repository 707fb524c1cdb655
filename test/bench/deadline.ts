/**
 * How long after its deadline an attempt is settled, for each way to be busy, beside how late timers are in an idle process
 * in the same run; and how long its thread took to die.
 *
 * node test/bench/deadline.ts [jobs of each way]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRedisServer } from "../../scripts/redis-server.ts";
import { startApiProcess, startAppProcess } from "../support/app-process.ts";
import { cancel, type JobWithResult, submit, waitForEnd, waitUntilInThreads } from "../support/client.ts";
import { type Misdeed, misdeed } from "../support/misdeeds.ts";
import { percentile } from "./percentile.ts";
import { readTimerLateness } from "./timer-lateness.ts";

const JOBS = Number(process.argv[2] ?? 100);
const TIMEOUT_MS = 200;
const NEIGHBOURS_EACH = 3;
const WAYS: Misdeed[] = [
  "spins in JavaScript",
  "spins in WebAssembly",
  "matches a catastrophic regular expression",
  "waits for what never comes",
];

const dir = await mkdtemp(join(tmpdir(), "semblance-bench-"));
const redis = await startRedisServer({ dir, appendOnly: false });
const env = { REDIS_URL: redis.url, WORKER_CONCURRENCY: "2" };
const api = await startApiProcess(env);
const worker = await startAppProcess("test/support/worker-that-misbehaves.ts", env);
const idle = await startAppProcess("test/bench/idle-process.ts", { TIMER_MS: String(TIMEOUT_MS) });

const runMs = (job: JobWithResult) => Date.parse(job.finished_at!) - Date.parse(job.started_at!);
const row = (title: string, values: number[]) =>
  console.log(
    title.padEnd(48),
    [0.5, 0.99, 1].map((share) => `${percentile(values, share).toFixed(1).padStart(7)}`).join(" "),
  );

try {
  console.log(
    `${JOBS} jobs of each way, deadline ${TIMEOUT_MS} ms, ${NEIGHBOURS_EACH} good neighbours beside each\n`,
  );
  console.log("settled so many ms after the deadline".padEnd(48), "    p50     p99     max");
  let wrong = 0;
  const neighbours: number[] = [];
  for (const way of WAYS) {
    const lateMs: number[] = [];
    for (let round = 0; round < JOBS; round += 1) {
      const bad = await submit(api.url, misdeed(way, { timeout_ms: TIMEOUT_MS }));
      const good = await Promise.all(
        Array.from({ length: NEIGHBOURS_EACH }, () => submit(api.url, misdeed("none"))),
      );
      const ended = await waitForEnd(api.url, bad.id);
      if (ended.error?.code !== "timed_out") wrong += 1;
      lateMs.push(runMs(ended) - TIMEOUT_MS);
      for (const { id } of good) neighbours.push(runMs(await waitForEnd(api.url, id)));
    }
    row(way, lateMs);
  }
  row("an idle process's timer", await readTimerLateness(idle));

  const calledMs: number[] = [];
  const settledMs: number[] = [];
  for (let round = 0; round < JOBS; round += 1) {
    const { id } = await submit(api.url, misdeed("spins in JavaScript"));
    await waitUntilInThreads(worker.url, 1);
    const startedAtMs = performance.now();
    await cancel(api.url, id);
    calledMs.push(performance.now() - startedAtMs);
    await waitUntilInThreads(worker.url, 0);
    settledMs.push(performance.now() - startedAtMs);
  }
  console.log();
  row("canceled in a loop: the call answers after, ms", calledMs);
  row("and its thread is dead after, ms", settledMs);
  row("\nneighbours ran, ms", neighbours);
  if (wrong > 0) process.exitCode = 1;
  console.log(`${wrong} of ${JOBS * WAYS.length} did not end as timed_out`);
} finally {
  for (const app of [idle, worker, api]) await app.dispose();
  await redis.stop();
  await rm(dir, { recursive: true, force: true });
}
