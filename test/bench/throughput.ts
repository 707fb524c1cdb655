/**
 * Jobs a second, in interleaved rounds of one run, of which the median counts; two threads each.
 *
 * First tiny jobs that are all in the queue before a worker begins: our worker, BullMQ's own sandbox doing the same scoring, and our sandbox
 * doing nothing. Then jobs of three sizes from submission to end: Semblance, BullMQ as its guide shows it, a pool of threads inside the HTTP
 * service, and the request's handler itself.
 *
 * Beside each that has a queue, what one of its jobs costs Redis meanwhile: commands, those inside of scripts counted as well, scripts, and
 * bytes either way. All that its processes ask is in it, such as heartbeats and the start of a worker on a full queue. This script asks
 * how many jobs are done every few milliseconds: that is taken out of the commands and left in the bytes, some 60 each time.
 *
 * node test/bench/throughput.ts [rounds]
 */
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { type AppProcess, startAppProcess } from "../support/app-process.ts";
import { interleave } from "./interleave.ts";
import { listCounts } from "./load/counts.ts";
import { percentile } from "./percentile.ts";
import { type RedisUsage, readRedisUsage, usagePerJob } from "./redis-usage.ts";
import { RIVALS, ROOMY, type Service, serviceEnv, services, withService } from "./services.ts";
import { startLoad } from "./start-load.ts";
import { submissionOf } from "./submission-of.ts";
import { waitForCompleted } from "./wait-for-completed.ts";
import { withRedis } from "./with-redis.ts";

const ROUNDS = Number(process.argv[2] ?? 3);
const TINY_JOBS = 12_000;
const CLIENTS = 8;
const SIZES = [
  { title: "10 candidates", candidates: 10, jobs: 3_000 },
  { title: "1,000 candidates", candidates: 1_000, jobs: 2_000 },
  { title: "50,000 candidates", candidates: 50_000, jobs: 300 },
];
interface Measured {
  jobsPerSecond: number;
  /** Of each job; for those that have a queue. */
  usage?: RedisUsage;
}

const load = await startLoad();
const submitAll = async (url: string, body: string, { clients, jobs }: { clients: number; jobs: number }) => {
  const { accepted, refused } = await load.put({ kind: "closed", url, body, clients, jobs });
  if (accepted !== jobs)
    throw new Error(`${accepted} of ${jobs} jobs were accepted, refused: ${listCounts(refused)}`);
};

/** Starts a worker on a full queue, and waits until it is empty. */
const drain = async (
  redis: Redis,
  completedKey: string,
  start: () => Promise<AppProcess>,
): Promise<Measured> => {
  const before = await readRedisUsage(redis);
  const worker = await start();
  try {
    const startedAtMs = performance.now();
    const done = await redis.zcard(completedKey);
    const polls = await waitForCompleted(redis, { completedKey, count: TINY_JOBS, pauseMs: 5 });
    const jobsPerSecond = ((TINY_JOBS - done) * 1_000) / (performance.now() - startedAtMs);
    const usage = await usagePerJob(redis, before, { jobs: TINY_JOBS, ownCommands: polls + 1 });
    return { jobsPerSecond, usage };
  } finally {
    await worker.dispose();
  }
};

const drainOurs = ({ api, worker, completedKey }: Service) =>
  withRedis(async (url, redis) => {
    const env = { ...serviceEnv(url), ...ROOMY };
    const service = await startAppProcess(api, env);
    try {
      const body = JSON.stringify(submissionOf(10));
      await submitAll(service.url, body, { clients: 32, jobs: TINY_JOBS });
    } finally {
      await service.dispose();
    }
    return drain(redis, completedKey!, () => startAppProcess(worker!, env));
  });

const drainRival = (name: string, data: object, entry: string) =>
  withRedis(async (url, redis) => {
    const queue = new Queue(name, { connection: redis });
    try {
      await queue.addBulk(Array.from({ length: TINY_JOBS }, () => ({ name: "score", data })));
      return await drain(redis, `bull:${name}:completed`, () =>
        startAppProcess(`${RIVALS}/${entry}`, serviceEnv(url)),
      );
    } finally {
      await queue.close();
    }
  });

const drains = {
  Semblance: () => drainOurs(services.Semblance),
  "BullMQ's own sandbox, the same scoring": () =>
    drainRival("guide", submissionOf(10), "bullmq-guide-worker.ts"),
  "our sandbox around nothing": () => drainRival("noop", {}, "guarded-noop-worker.ts"),
};

/** From the first submission to the end of the last job. */
const run = (service: Service, { candidates, jobs }: (typeof SIZES)[number]) =>
  withService(service, { env: ROOMY }, async ({ api, redis }): Promise<Measured> => {
    const { completedKey } = service;
    const body = JSON.stringify(submissionOf(candidates));
    let ended = 0;
    const runAll = async (count: number): Promise<Measured> => {
      ended += count;
      const before = await readRedisUsage(redis);
      const startedAtMs = performance.now();
      await submitAll(api.url, body, { clients: CLIENTS, jobs: count });
      const polls = completedKey ? await waitForCompleted(redis, { completedKey, count: ended }) : 0;
      const jobsPerSecond = (count * 1_000) / (performance.now() - startedAtMs);
      if (!completedKey) return { jobsPerSecond };
      const usage = await usagePerJob(redis, before, { jobs: count, ownCommands: polls });
      return { jobsPerSecond, usage };
    };
    await runAll(Math.ceil(jobs / 5));
    return runAll(jobs);
  });

const number = (value: number, digits: number, width: number) => value.toFixed(digits).padStart(width);

const usageColumns = (all: RedisUsage[]): string => {
  const median = (field: keyof RedisUsage) =>
    percentile(
      all.map((usage) => usage[field]),
      0.5,
    );
  return [
    number(median("commands"), 1, 9),
    number(median("scripts"), 1, 8),
    number(median("bytesIn") / 1_000, 2, 9),
    number(median("bytesOut") / 1_000, 2, 9),
  ].join(" ");
};

/** Runs each once a round; prints medians, and how many times each ours is. */
const compare = async (variants: Record<string, () => Promise<Measured>>): Promise<void> => {
  console.log(`  ${"".padEnd(40)}   jobs/s       ×   commands  scripts     KB in    KB out   a job, Redis`);
  const measured = await interleave(ROUNDS, variants);
  const rateOf = (all: Measured[]) =>
    percentile(
      all.map(({ jobsPerSecond }) => jobsPerSecond),
      0.5,
    );
  const ours = rateOf(measured["Semblance"]!);
  for (const [name, all] of Object.entries(measured)) {
    const rate = rateOf(all);
    const usages = all.flatMap(({ usage }) => usage ?? []);
    const usage = usages.length > 0 ? usageColumns(usages) : "";
    console.log(`  ${name.padEnd(40)} ${number(rate, 1, 8)} ${number(ours / rate, 2, 7)}  ${usage}`);
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
}
