/**
 * More than can be done: submissions at twice and at ten times the rate at which jobs are done, by the clock, whatever has become of those before,
 * and a queue of 200. What is refused must be refused soon, what is accepted must end, and no process may grow by what it refuses.
 *
 * A job is 20 to 40 ms of scoring, so that it is the worker's threads that there are too few of. But load, API, Redis and worker share the
 * machine: on two cores, what ten times the rate costs the others is time that the threads do not have, and fewer jobs are done than
 * before. The load says when it could not keep up itself: what it sent later than due, and what it did not send since all its connections waited.
 * Latency counts from when a submission was due.
 *
 * node test/bench/overload.ts [seconds of each]
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { startAppProcess } from "../support/app-process.ts";
import { waitForEnd } from "../support/client.ts";
import { type Counts, count, listCounts, sumCounts } from "./load/counts.ts";
import { percentile } from "./percentile.ts";
import { LOOP_PROBE, readLoopDelay } from "./read-loop-delay.ts";
import { readMemory } from "./read-memory.ts";
import { type RunningService, services, withService } from "./services.ts";
import { startLoad } from "./start-load.ts";
import { submissionOf } from "./submission-of.ts";
import { waitForCompleted } from "./wait-for-completed.ts";

const SECONDS = Number(process.argv[2] ?? 60);
const FACTORS = [2, 10];
const QUEUE_DEPTH_MAX = 200;
const CONNECTIONS_MAX = 256;
/** To measure the capacity: fewer than the queue takes, so that none is refused. */
const BATCH = 190;
const BATCHES = 3;
const CLIENTS = 8;
/** No measure of speed. */
const END_LIMIT_MS = 60_000;
const READERS = 8;

const body = JSON.stringify({
  ...submissionOf(1_000),
  query: "Sankt Peterburg ".repeat(125),
  metric: "damerau_levenshtein",
});
const completedKey = services.Semblance.completedKey!;
const load = await startLoad();
const idle = await startAppProcess("test/bench/idle-process.ts", {}, LOOP_PROBE);

/** Jobs a second, from the first submission of a batch that fills the queue to its last job's end. The first batch warms up. */
const measureCapacity = async ({ api, redis }: RunningService): Promise<number> => {
  const rates: number[] = [];
  for (let batch = 1; batch <= BATCHES + 1; batch += 1) {
    const startedAtMs = performance.now();
    const { accepted } = await load.put({
      kind: "closed",
      url: api.url,
      body,
      clients: CLIENTS,
      jobs: BATCH,
    });
    if (accepted !== BATCH) throw new Error(`${accepted} of ${BATCH} jobs were accepted`);
    await waitForCompleted(redis, { completedKey, count: batch * BATCH, pauseMs: 10 });
    if (batch > 1) rates.push((BATCH * 1_000) / (performance.now() - startedAtMs));
  }
  return percentile(rates, 0.5);
};

const readRedisMemory = async (redis: Redis) =>
  Number(/^used_memory:(\d+)/m.exec(await redis.info("memory"))![1]) / 2 ** 20;

/** How often accepted jobs ended as what; `none` are those that did not end. */
const readEnds = async (url: string, ids: string[]): Promise<Counts> => {
  const ends: Counts = {};
  const untilMs = performance.now() + END_LIMIT_MS;
  const left = ids.values();
  const readAll = async () => {
    for (const id of left) {
      const end = await waitForEnd(url, id, Math.max(0, untilMs - performance.now())).then(
        ({ status }) => status as string,
        () => "none",
      );
      count(ends, end);
    }
  };
  await Promise.all(Array.from({ length: READERS }, readAll));
  return ends;
};

const spread = (values: number[]) =>
  values.length === 0
    ? "none"
    : `p50 ${percentile(values, 0.5).toFixed(1)} ms, p99 ${percentile(values, 0.99).toFixed(1)} ms`;

const overload = async ({ api, redis }: RunningService, perSecond: number): Promise<void> => {
  const looks: { atMs: number; done: number; apiMib: number; redisMib: number }[] = [];
  const look = async () => {
    const apiMib = await readMemory(api);
    const redisMib = await readRedisMemory(redis);
    const done = await redis.zcard(completedKey);
    looks.push({ atMs: performance.now(), done, apiMib, redisMib });
  };
  for (const app of [api, idle]) await readLoopDelay(app);
  await look();
  const lookHalfway = delay((SECONDS * 1_000) / 2).then(look);
  const order = { kind: "open", url: api.url, body, perSecond, seconds: SECONDS } as const;
  const [report] = await Promise.all([load.put({ ...order, connectionsMax: CONNECTIONS_MAX }), lookHalfway]);
  await look();
  const loops = { API: await readLoopDelay(api), "idle process": await readLoopDelay(idle) };

  const { sent, unsent, lateMs, acceptedIds, acceptedMs, refusedMs, errors } = report;
  const ends = await readEnds(api.url, acceptedIds);
  const along = (name: "apiMib" | "redisMib") => looks.map((seen) => seen[name].toFixed(1)).join(", ");
  const first = looks[0]!;
  const last = looks.at(-1)!;
  const donePerSecond = ((last.done - first.done) * 1_000) / (last.atMs - first.atMs);
  const tell = (title: string, text: string) => console.log(`  ${title.padEnd(28)} ${text}`);
  tell("intended, sent, not sent", `${sent + unsent}, ${sent}, ${unsent}`);
  tell("sent later than due by", spread(lateMs));
  tell("accepted", `${acceptedIds.length}: ${spread(acceptedMs)}`);
  tell("refused, queue full", `${refusedMs.length}: ${spread(refusedMs)}`);
  for (const [name, { p50Ms, p99Ms, maxMs }] of Object.entries(loops)) {
    const delays = `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, max ${maxMs.toFixed(1)} ms`;
    tell(`event loop, ${name}`, delays);
  }
  tell("errors", listCounts(errors));
  tell("done meanwhile", `${donePerSecond.toFixed(1)} jobs/s`);
  tell("accepted jobs ended", listCounts(ends));
  tell("start, middle, end: API", `${along("apiMib")} MiB resident`);
  tell("start, middle, end: Redis", `${along("redisMib")} MiB used`);
  const hasLostAny = ends["none"] !== undefined || sumCounts(ends) !== acceptedIds.length;
  if (hasLostAny || sumCounts(errors) > 0) process.exitCode = 1;
};

try {
  const options = { env: { QUEUE_DEPTH_MAX: String(QUEUE_DEPTH_MAX) }, nodeFlags: LOOP_PROBE };
  await withService(services.Semblance, options, async (running) => {
    const capacity = await measureCapacity(running);
    console.log(`capacity: ${capacity.toFixed(1)} jobs/s of ${Buffer.byteLength(body)} bytes each`);
    for (const factor of FACTORS) {
      console.log(`\n${factor} times as many, ${(factor * capacity).toFixed(0)} a second, for ${SECONDS} s`);
      await overload(running, factor * capacity);
    }
  });
} finally {
  await load.dispose();
  await idle.dispose();
}
