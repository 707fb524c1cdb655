/**
 * What kills leave behind: the worker's memory, threads and file descriptors around the first tenth of them, and around the end. One
 * reading of the memory depends on the garbage collector's last visit, so the medians of several are compared.
 *
 * node test/bench/kills.ts [kills]
 */
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRedisServer } from "../../scripts/redis-server.ts";
import { startApiProcess, startAppProcess } from "../support/app-process.ts";
import { submit, waitForEnd } from "../support/client.ts";
import { misdeed } from "../support/misdeeds.ts";
import { percentile } from "./percentile.ts";

const KILLS = Number(process.argv[2] ?? 2_000);
const BATCH = 50;

const dir = await mkdtemp(join(tmpdir(), "semblance-bench-"));
const redis = await startRedisServer({ dir, appendOnly: false });
const env = { REDIS_URL: redis.url, WORKER_CONCURRENCY: "4" };
const api = await startApiProcess(env);
// V8 lets the main thread's young generation grow to 128 MiB as it goes on, whatever the jobs are; bounded, it is
// full-grown by the first reading.
const YOUNG_GENERATION = ["--max-semi-space-size=16"];
const worker = await startAppProcess("test/support/worker-that-misbehaves.ts", env, YOUNG_GENERATION);

/** From Linux's /proc. */
const readUsage = () => {
  const status = readFileSync(`/proc/${worker.pid}/status`, "utf8");
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)![1]);
  return {
    residentMib: field("VmRSS") / 1_024,
    threads: field("Threads"),
    descriptors: readdirSync(`/proc/${worker.pid}/fd`).length,
  };
};
const show = (kills: number, { residentMib, threads, descriptors }: ReturnType<typeof readUsage>) =>
  console.log(
    `after ${String(kills).padStart(5)} kills: ${residentMib.toFixed(1)} MiB resident, ${threads} threads, ${descriptors} descriptors`,
  );

try {
  const residentMib: number[] = [];
  for (let kills = BATCH; kills <= KILLS; kills += BATCH) {
    const jobs = await Promise.all(
      Array.from({ length: BATCH }, () =>
        submit(api.url, misdeed("spins in JavaScript", { timeout_ms: 100 })),
      ),
    );
    for (const { id } of jobs) {
      const { error } = await waitForEnd(api.url, id, 120_000);
      if (error?.code !== "timed_out") throw new Error(`a job ended with ${error?.code}`);
    }
    residentMib.push(readUsage().residentMib);
    if (kills % (KILLS / 10) === 0) show(kills, readUsage());
  }
  const median = (values: number[]) => percentile(values, 0.5);
  const window = Math.ceil(KILLS / BATCH / 10);
  const early = median(residentMib.slice(window / 2, window * 1.5));
  const late = median(residentMib.slice(-window));
  console.log(`median memory at the end to that around ${KILLS / 10} kills: ${(late / early).toFixed(3)}`);
} finally {
  await worker.dispose();
  await api.dispose();
  await redis.stop();
  await rm(dir, { recursive: true, force: true });
}
