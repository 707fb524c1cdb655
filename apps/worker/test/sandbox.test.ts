import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { SandboxedWorker } from "../src/sandbox/sandboxed-worker.ts";

const CONCURRENCY = 2;
const ECHO = new URL("./echo-or-hang-processor.ts", import.meta.url);

interface Data {
  hang?: boolean;
}

let redis: Redis;
let prefix: string;
let queue: Queue<Data>;
let worker: SandboxedWorker<Data, string>;

beforeEach(async () => {
  redis = new Redis(redisUrl(), { maxRetriesPerRequest: null });
  prefix = uniqueKeyPrefix();
  queue = new Queue("sandbox", { connection: redis, prefix });
  worker = new SandboxedWorker<Data, string>("sandbox", ECHO, {
    connection: redis,
    prefix,
    concurrency: CONCURRENCY,
    sandbox: {
      deadlineMs: (job) => (job.data.hang ? 100 : 20_000),
      startLimitMs: 10_000,
      breaker: { threshold: 3, pauseMinMs: 100, pauseMaxMs: 1_000 },
    },
  });
});

afterEach(async () => {
  await worker.shutDown(0);
  await queue.close();
  redis.disconnect();
});

test("good jobs all succeed beside hung ones, on no more threads than the concurrency and a spare", async () => {
  const JOBS = 80;
  const hangs = (index: number) => index % 8 === 0;
  await queue.addBulk(
    Array.from({ length: JOBS }, (_, index) => ({ name: String(index), data: { hang: hangs(index) } })),
  );
  const outcomes = new Map<string, string>();
  const ended = Promise.withResolvers<void>();
  let threadsMost = 0;
  const note = (name: string, outcome: string) => {
    threadsMost = Math.max(threadsMost, worker.threads.alive);
    expect(outcomes.has(name)).toBe(false);
    outcomes.set(name, outcome);
    if (outcomes.size === JOBS) ended.resolve();
  };
  worker.on("completed", (job, value) => note(job.name, value));
  worker.on("failed", (job, error) => note(job!.name, error.message));
  await worker.warm();
  worker.run();
  await ended.promise;

  for (let index = 0; index < JOBS; index += 1) {
    expect(outcomes.get(String(index))).toBe(hangs(index) ? "the attempt ran longer than 100 ms" : "done");
  }
  expect(threadsMost).toBeGreaterThan(0);
  expect(threadsMost).toBeLessThanOrEqual(CONCURRENCY + 1);
});

test("a shutdown in the middle leaves no job held and no thread alive", async () => {
  await queue.addBulk(Array.from({ length: 6 }, () => ({ name: "job", data: { hang: true } })));
  await worker.warm();
  const active = new Promise((resolve) => worker.once("active", resolve));
  worker.run();
  await active;
  await worker.shutDown(0);
  expect(worker.threads.alive).toBe(0);
  expect(await queue.getActiveCount()).toBe(0);
});
