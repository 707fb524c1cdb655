/**
 * How a job of 50,000 city names is felt: the time from the body's last byte to the acceptance, the time to the ranking,
 * and how late the API's event loop is meanwhile, beside an idle process's in the same run. Then, how long a poll takes of a job of 10 MB that is
 * running, as its client sees it.
 *
 * node test/bench/event-loop.ts [rounds]
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { JobView } from "@semblance/shared/job/job-view";
import { startRedisServer } from "../../scripts/redis-server.ts";
import { startAppProcess } from "../support/app-process.ts";
import { cityNames } from "../support/city-names.ts";
import { call } from "./load/call.ts";
import { percentile } from "./percentile.ts";
import { LOOP_PROBE, readLoopDelay } from "./read-loop-delay.ts";

const ROUNDS = Number(process.argv[2] ?? 20);
const WARM_UP_ROUNDS = 3;

/** Submits a body; the clock starts when its last byte has been handed to the kernel. */
const submitTimed = async (url: string, body: Buffer) => {
  const call = request(`${url}/v1/jobs`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Content-Length": body.length },
  });
  const answered = once(call, "response");
  call.end(body);
  await once(call, "finish");
  const sentAtMs = performance.now();
  const [response] = await answered;
  const acceptedMs = performance.now() - sentAtMs;
  const job = (await json(response)) as JobView;
  if (response.statusCode !== 202) throw new Error(JSON.stringify(job));
  return { acceptedMs, job };
};

/** Asks again a millisecond after each answer. */
const readUntilDone = async (url: string): Promise<JobView> => {
  for (;;) {
    const job = JSON.parse((await call(url)).body.toString()) as JobView;
    if (job.done) return job;
    await delay(1);
  }
};

const POLLS = 300;
const RUNNING_BYTES = 10_000_000;

/** By a metric slow enough that it runs for all of the polls. */
const pollRunning = async (url: string, names: string[]): Promise<number[]> => {
  const candidates: string[] = [];
  for (let length = 0, index = 0; length < RUNNING_BYTES; index += 1) {
    const candidate = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((offset) => names[(index * 7 + offset) % names.length]);
    candidates.push(candidate.join(", "));
    length += Buffer.byteLength(candidates.at(-1)!) + 3;
  }
  const query = "Sankt Peterburg ".repeat(20);
  const metric = "damerau_levenshtein";
  const { job } = await submitTimed(
    url,
    Buffer.from(JSON.stringify({ query, candidates, metric, top_n: 1 })),
  );
  const self = `${url}/v1/jobs/${job.id}`;
  const readStatus = async () => (JSON.parse((await call(self)).body.toString()) as JobView).status;
  while ((await readStatus()) === "queued") await delay(1);
  const tookMs: number[] = [];
  while (tookMs.length < POLLS) {
    const startedAtMs = performance.now();
    const status = await readStatus();
    tookMs.push(performance.now() - startedAtMs);
    if (status !== "running") throw new Error(`the job is ${status} after ${tookMs.length} polls`);
    await delay(1);
  }
  await fetch(`${self}/cancel`, { method: "POST" });
  return tookMs;
};

const ms = (value: number) => value.toFixed(1).padStart(8);

const dir = await mkdtemp(join(tmpdir(), "semblance-bench-"));
const redis = await startRedisServer({ dir, appendOnly: false });
const env = { REDIS_URL: redis.url };
const apps = await Promise.all([
  startAppProcess("apps/api/src/main.ts", env, LOOP_PROBE),
  startAppProcess("apps/worker/src/main.ts", env, LOOP_PROBE),
  startAppProcess("test/bench/idle-process.ts", env, LOOP_PROBE),
]);
const [api, worker, control] = apps;

try {
  const names = cityNames();
  const body = Buffer.from(JSON.stringify({ query: "Sankt Peterburg", candidates: names, top_n: 10 }));
  const accepted: number[] = [];
  const scored: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    if (round === 0) for (const app of apps) await readLoopDelay(app);
    const startedAtMs = performance.now();
    const { acceptedMs, job } = await submitTimed(api.url, body);
    const ended = await readUntilDone(`${api.url}/v1/jobs/${job.id}`);
    if (ended.status !== "succeeded") throw new Error(`the job ended as ${ended.status}`);
    if (round < 0) continue;
    accepted.push(acceptedMs);
    scored.push(performance.now() - startedAtMs);
  }

  console.log(`${ROUNDS} jobs of ${names.length} city names, ${body.length} bytes each, one after another\n`);
  console.log("ms                            p50      p99      max");
  const line = (title: string, [p50, p99, max]: number[]) =>
    console.log(`${title.padEnd(24)} ${ms(p50!)} ${ms(p99!)} ${ms(max!)}`);
  const spread = (values: number[]) => [
    percentile(values, 0.5),
    percentile(values, 0.99),
    Math.max(...values),
  ];
  line("last byte → accepted", spread(accepted));
  line("submit → ranking read", spread(scored));
  for (const [title, app] of Object.entries({ API: api, worker, "idle process": control })) {
    const { p50Ms, p99Ms, maxMs } = await readLoopDelay(app);
    line(`event loop, ${title}`, [p50Ms, p99Ms, maxMs]);
  }
  line("a poll of a running job", spread(await pollRunning(api.url, names)));
} finally {
  for (const app of apps) await app.dispose();
  await redis.stop();
  await rm(dir, { recursive: true, force: true });
}
