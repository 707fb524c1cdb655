/**
 * How long after its deadline a job that hangs is settled, and how its neighbours fare meanwhile.
 *
 * node test/bench/deadline.ts [hung jobs]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRedisServer } from "../../scripts/redis-server.ts";
import { startApiProcess, startAppProcess } from "../support/app-process.ts";
import { type JobWithResult, submit, waitForEnd } from "../support/client.ts";

const HUNG = Number(process.argv[2] ?? 40);
const NEIGHBOURS_EACH = 5;
const TIMEOUT_MS = 500;

const dir = await mkdtemp(join(tmpdir(), "semblance-bench-"));
const redis = await startRedisServer({ dir, appendOnly: false });
const env = { REDIS_URL: redis.url, WORKER_CONCURRENCY: "2" };
const api = await startApiProcess(env);
const worker = await startAppProcess("test/support/worker-that-misbehaves.ts", env);

const submitMany = (count: number, candidates: string[]) =>
  Promise.all(
    Array.from({ length: count }, () => submit(api.url, { query: "a", candidates, timeout_ms: TIMEOUT_MS })),
  );
const runMs = (job: JobWithResult) => Date.parse(job.finished_at!) - Date.parse(job.started_at!);
const summary = (values: number[]) => {
  const sorted = values.toSorted((a, b) => a - b);
  return `median ${sorted[sorted.length >> 1]} ms, longest ${sorted.at(-1)} ms`;
};

try {
  const hung: JobWithResult[] = [];
  const neighbours: JobWithResult[] = [];
  for (let round = 0; round < HUNG; round += 1) {
    const [bad, good] = await Promise.all([
      submitMany(1, ["hangs", "there"]),
      submitMany(NEIGHBOURS_EACH, ["fine"]),
    ]);
    for (const { id } of bad) hung.push(await waitForEnd(api.url, id));
    for (const { id } of good) neighbours.push(await waitForEnd(api.url, id));
  }
  const wrong = hung.filter((job) => job.error?.code !== "timed_out").length;
  const failed = neighbours.filter((job) => job.status !== "succeeded").length;
  console.log(`${HUNG} jobs that hang, deadline ${TIMEOUT_MS} ms; ${wrong} did not end as timed_out`);
  console.log(`settled after the deadline: ${summary(hung.map((job) => runMs(job) - TIMEOUT_MS))}`);
  console.log(
    `${neighbours.length} neighbours: ${summary(neighbours.map(runMs))}; ${failed} did not succeed`,
  );
} finally {
  await worker.dispose();
  await api.dispose();
  await redis.stop();
  await rm(dir, { recursive: true, force: true });
}
