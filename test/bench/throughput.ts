/**
 * Jobs a second, in interleaved rounds of one run, of which the median counts; two threads each.
 *
 * First tiny jobs that are all in the queue before a worker begins: our worker, BullMQ's own sandbox doing the same scoring, and our sandbox
 * doing nothing. Then jobs of three sizes from submission to end: Semblance, BullMQ as its guide shows it, a pool of threads inside the HTTP
 * service, and the request's handler itself.
 *
 * node test/bench/throughput.ts [rounds]
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DEFAULT_KEY_PREFIX, redisKeys } from "@semblance/shared/redis/keys";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { startRedisServer } from "../../scripts/redis-server.ts";
import { type AppProcess, startAppProcess } from "../support/app-process.ts";
import { cityNames } from "../support/city-names.ts";
import type { LoadReport, OpenLoad } from "./load-process.ts";
import { percentile } from "./percentile.ts";

const ROUNDS = Number(process.argv[2] ?? 3);
const TINY_JOBS = 4_000;
const CLIENTS = 8;
const SIZES = [
  { title: "10 candidates", candidates: 10, jobs: 1_000 },
  { title: "1,000 candidates", candidates: 1_000, jobs: 600 },
  { title: "50,000 candidates", candidates: 50_000, jobs: 60 },
];

const names = cityNames();
const submissionOf = (count: number) => ({
  query: "Sankt Peterburg",
  candidates: Array.from({ length: count }, (_, index) => names[index % names.length]!),
  metric: "levenshtein",
  top_n: 10,
});

const dir = await mkdtemp(join(tmpdir(), "semblance-bench-"));
const load = await startAppProcess("test/bench/load-process.ts", {});
const put = async (order: OpenLoad): Promise<LoadReport> => {
  const answered = once(load.child, "message");
  load.child.send(order);
  const [{ report }] = (await answered) as [{ report: LoadReport }];
  return report;
};

let servers = 0;
const withRedis = async <Value>(run: (url: string, redis: Redis) => Promise<Value>): Promise<Value> => {
  servers += 1;
  const server = await startRedisServer({ dir: join(dir, String(servers)), appendOnly: false });
  const redis = new Redis(server.url, { maxRetriesPerRequest: null });
  try {
    return await run(server.url, redis);
  } finally {
    redis.disconnect();
    await server.stop();
  }
};

const { queueCompleted } = redisKeys(DEFAULT_KEY_PREFIX);
const API = "apps/api/src/main.ts";
const WORKER = "apps/worker/src/main.ts";
const RIVALS = "test/bench/rivals";

const ourEnv = (url: string) => ({
  REDIS_URL: url,
  WORKER_CONCURRENCY: "2",
  QUEUE_DEPTH_MAX: "100000",
  STORE_BYTES_MAX: String(4 * 2 ** 30),
});

/** Starts a worker on a full queue; tells jobs a second until it is empty. */
const drain = async (
  redis: Redis,
  completedKey: string,
  start: () => Promise<AppProcess>,
): Promise<number> => {
  const worker = await start();
  const startedAtMs = performance.now();
  const before = await redis.zcard(completedKey);
  let completed = before;
  while (completed < TINY_JOBS) {
    await delay(5);
    completed = await redis.zcard(completedKey);
  }
  const rate = ((completed - before) * 1_000) / (performance.now() - startedAtMs);
  await worker.dispose();
  return rate;
};

const drainOurs = () =>
  withRedis(async (url, redis) => {
    const api = await startAppProcess(API, ourEnv(url));
    const body = JSON.stringify(submissionOf(10));
    const { accepted } = await put({ kind: "open", url: api.url, body, clients: 32, jobs: TINY_JOBS });
    await api.dispose();
    if (accepted !== TINY_JOBS) throw new Error(`${accepted} of ${TINY_JOBS} jobs were accepted`);
    return drain(redis, queueCompleted, () => startAppProcess(WORKER, ourEnv(url)));
  });

const drainRival = (name: string, data: object, entry: string) =>
  withRedis(async (url, redis) => {
    const queue = new Queue(name, { connection: redis });
    await queue.addBulk(Array.from({ length: TINY_JOBS }, () => ({ name: "score", data })));
    const rate = await drain(redis, `bull:${name}:completed`, () =>
      startAppProcess(`${RIVALS}/${entry}`, { REDIS_URL: url }),
    );
    await queue.close();
    return rate;
  });

const drains = {
  Semblance: drainOurs,
  "BullMQ's own sandbox, the same scoring": () =>
    drainRival("guide", submissionOf(10), "bullmq-guide-worker.ts"),
  "our sandbox around nothing": () => drainRival("noop", {}, "guarded-noop-worker.ts"),
};

interface Service {
  start: (redisUrl: string) => Promise<AppProcess[]>;
  /** Where jobs that are done stand, for those that answer before. */
  completedKey?: string;
}

/** From the first submission to the end of the last job. */
const run = ({ start, completedKey }: Service, { candidates, jobs }: (typeof SIZES)[number]) =>
  withRedis(async (redisUrl, redis) => {
    const apps = await start(redisUrl);
    const body = JSON.stringify(submissionOf(candidates));
    let ended = 0;
    const runAll = async (count: number) => {
      ended += count;
      const order: OpenLoad = { kind: "open", url: apps[0]!.url, body, clients: CLIENTS, jobs: count };
      const startedAtMs = performance.now();
      const { refused } = await put(order);
      if (refused > 0) throw new Error(`${refused} jobs were refused`);
      while (completedKey && (await redis.zcard(completedKey)) < ended) await delay(2);
      return (count * 1_000) / (performance.now() - startedAtMs);
    };
    try {
      await runAll(Math.ceil(jobs / 5));
      return await runAll(jobs);
    } finally {
      for (const app of apps) await app.dispose();
    }
  });

const services: Record<string, Service> = {
  Semblance: {
    completedKey: queueCompleted,
    start: (url) => Promise.all([startAppProcess(API, ourEnv(url)), startAppProcess(WORKER, ourEnv(url))]),
  },
  "BullMQ as its guide shows it": {
    completedKey: "bull:guide:completed",
    start: (url) =>
      Promise.all(
        ["bullmq-guide-api.ts", "bullmq-guide-worker.ts"].map((entry) =>
          startAppProcess(`${RIVALS}/${entry}`, { REDIS_URL: url }),
        ),
      ),
  },
  "a pool inside the service": { start: async () => [await startAppProcess(`${RIVALS}/pool.ts`, {})] },
  "in the handler": { start: async () => [await startAppProcess(`${RIVALS}/in-handler.ts`, {})] },
};

/** Runs each once a round; prints medians, and how many times each ours is. */
const compare = async (variants: Record<string, () => Promise<number>>): Promise<void> => {
  const rates: Record<string, number[]> = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, measure] of Object.entries(variants)) rates[name]!.push(await measure());
  }
  const ours = percentile(rates["Semblance"]!, 0.5);
  for (const [name, all] of Object.entries(rates)) {
    const rate = percentile(all, 0.5);
    console.log(`  ${name.padEnd(42)} ${rate.toFixed(1).padStart(8)}/s   × ${(ours / rate).toFixed(2)}`);
  }
};

try {
  console.log(`${TINY_JOBS} jobs of 10 candidates, in the queue before a worker begins`);
  await compare(drains);
  for (const size of SIZES) {
    console.log(`\n${size.jobs} jobs of ${size.title}, from submission to end, ${CLIENTS} clients`);
    const variants = Object.entries(services).map(
      ([name, service]) => [name, () => run(service, size)] as const,
    );
    await compare(Object.fromEntries(variants));
  }
} finally {
  await load.dispose();
  await rm(dir, { recursive: true, force: true });
}
