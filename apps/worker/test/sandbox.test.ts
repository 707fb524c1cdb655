import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type JobsOptions, Queue, QueueEvents, type Worker } from "bullmq";
import fc from "fast-check";
import type { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import type { SandboxEvent } from "../src/sandbox/sandbox-event.ts";
import type { SandboxOptions } from "../src/sandbox/sandbox-options.ts";
import { SandboxedWorker } from "../src/sandbox/sandboxed-worker.ts";
import type { RaceData } from "./processors/race.ts";

const CONCURRENCY = 2;
const BREAKER_THRESHOLD = 3;

let redis: Redis;
let prefix: string;
let queue: Queue;
let workers: SandboxedWorker[];
let events: SandboxEvent[];

beforeEach(() => {
  redis = connectToRedis();
  prefix = uniqueKeyPrefix();
  queue = new Queue("sandbox", { connection: redis, prefix });
  workers = [];
  events = [];
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.shutDown(0)));
  await queue.close();
  redis.disconnect();
});

const createWorker = (
  processor: string,
  sandbox: Partial<SandboxOptions> = {},
  concurrency = CONCURRENCY,
) => {
  const url = new URL(`./processors/${processor}.ts`, import.meta.url);
  const worker = new SandboxedWorker("sandbox", url, {
    connection: redis,
    prefix,
    concurrency,
    sandbox: { deadlineMs: () => 20_000, onEvent: (event) => events.push(event), ...sandbox },
  });
  workers.push(worker);
  return worker;
};

const addMany = (count: number, data: (index: number) => object = () => ({}), opts: JobsOptions = {}) =>
  queue.addBulk(
    Array.from({ length: count }, (_, index) => ({ name: String(index), data: data(index), opts })),
  );

/** Resolves with how each job ended, by name, once all have; fails when one ends twice. */
const collectOutcomes = (worker: Worker, count: number) => {
  const outcomes = new Map<string, unknown>();
  const ended = Promise.withResolvers<typeof outcomes>();
  const note = (name: string, outcome: unknown) => {
    if (outcomes.has(name)) ended.reject(new Error(`job ${name} ended twice`));
    outcomes.set(name, outcome);
    if (outcomes.size === count) ended.resolve(outcomes);
  };
  worker.on("completed", (job, value) => note(job.name, value));
  worker.on("failed", (job, error) => note(job!.name, error.message));
  return ended.promise;
};

const run = async (worker: SandboxedWorker) => {
  await worker.warm();
  void worker.run();
};

const countEvents = (type: SandboxEvent["type"], reason?: string) =>
  events.filter((event) => event.type === type && (!reason || ("reason" in event && event.reason === reason)))
    .length;

test("good jobs all succeed beside hung ones, on no more threads than the concurrency and a spare", async () => {
  const JOBS = 80;
  const hangs = (index: number) => index % 8 === 0;
  await addMany(JOBS, (index) => ({ hang: hangs(index) }));
  let threadsMost = 0;
  const worker = createWorker("echo-or-hang", {
    deadlineMs: (job) => ((job.data as { hang: boolean }).hang ? 100 : 20_000),
    onEvent: () => {
      threadsMost = Math.max(threadsMost, worker.threads.alive);
    },
  });
  const ended = collectOutcomes(worker, JOBS);
  await run(worker);
  const outcomes = await ended;
  for (let index = 0; index < JOBS; index += 1) {
    expect(outcomes.get(String(index))).toBe(hangs(index) ? "the attempt ran longer than 100 ms" : "done");
  }
  expect(threadsMost).toBe(CONCURRENCY + 1);
});

test("a shutdown in the middle leaves no job held and no thread alive", async () => {
  await addMany(6, () => ({ hang: true }));
  const worker = createWorker("echo-or-hang");
  const active = new Promise((resolve) => worker.once("active", resolve));
  await run(worker);
  await active;
  await worker.shutDown(0);
  expect(worker.threads.alive).toBe(0);
  expect(await queue.getActiveCount()).toBe(0);
  expect(await queue.getWaitingCount()).toBe(6);
});

test("a canceled job fails for good though it has attempts left, and its thread is killed", async () => {
  await addMany(1, () => ({ hang: true }), { attempts: 5, jobId: "hung" });
  const worker = createWorker("echo-or-hang");
  const ended = collectOutcomes(worker, 1);
  await run(worker);
  await eventually("it runs", () => (worker.runningJobIds.includes("hung") ? true : undefined));
  expect(worker.cancelJob("hung")).toBe(true);
  expect([...(await ended)]).toEqual([["0", "the job was canceled"]]);
  expect(await (await queue.getJob("hung"))?.getState()).toBe("failed");
  expect(countEvents("thread-killed", "canceled")).toBe(1);
});

test("an attempt whose lock is gone is stopped, and its outcome is another worker's to tell", async () => {
  await addMany(1, () => ({ hang: true }), { jobId: "taken" });
  const worker = createWorker("echo-or-hang");
  await run(worker);
  await eventually("it runs", () => (worker.runningJobIds.includes("taken") ? true : undefined));
  await redis.set(`${prefix}:sandbox:taken:lock`, "another worker");
  worker.emit("lockRenewalFailed", ["taken"]);
  await eventually("its thread is dead", () =>
    countEvents("thread-killed", "lost") === 1 ? true : undefined,
  );
  await eventually("it is let go", () => (worker.runningJobIds.length === 0 ? true : undefined));
  expect(await redis.hmget(`${prefix}:sandbox:taken`, "finishedOn", "failedReason")).toEqual([null, null]);
  expect(await redis.lrange(`${prefix}:sandbox:active`, 0, -1)).toEqual(["taken"]);
});

test("threads that start and die before they are of use open the breaker", async () => {
  const worker = createWorker("die-idle", {
    breaker: { threshold: BREAKER_THRESHOLD, pauseMinMs: 50, pauseMaxMs: 60_000 },
  });
  await worker.warm();
  await eventually("it stays open", () => (countEvents("breaker-opened") >= 5 ? true : undefined));
  // For each opening there were a probe, the threads that its success started, and successors of those that had died by then.
  expect(countEvents("thread-started")).toBeLessThanOrEqual(
    countEvents("breaker-opened") * (CONCURRENCY + 1 + BREAKER_THRESHOLD),
  );
});

test("a thread whose message could not be dealt with is killed, and never answers for the next job", async () => {
  const worker = createWorker("busy-progress", {}, 1);
  await run(worker);
  const refused = new Error("OOM: no progress");
  const ended = collectOutcomes(worker, 2);
  worker.on("active", (job) => {
    // As Redis does when it is out of memory.
    if (job.name === "A") job.updateProgress = () => Promise.reject(refused);
  });
  await queue.add("A", { busyMs: 300, progress: true });
  await queue.add("B", { busyMs: 0, progress: false });
  expect(Object.fromEntries(await ended)).toEqual({ A: refused.message, B: "the answer of B" });
  expect(countEvents("thread-killed", "broken_off")).toBe(1);
  expect(worker.threads.lent).toBe(0);
});

test("a deadline that cannot be told fails its job, and costs no thread", async () => {
  const worker = createWorker("echo-or-hang", {
    deadlineMs: (job) => {
      if (job.name === "bad") throw new Error("no deadline for this one");
      return job.name === "endless" ? Number.POSITIVE_INFINITY : Number.NaN;
    },
  });
  await run(worker);
  const ended = collectOutcomes(worker, 3);
  for (const name of ["bad", "nan", "endless"]) await queue.add(name, {}, { jobId: `job-${name}` });
  expect(Object.fromEntries(await ended)).toEqual({
    bad: "no deadline for this one",
    nan: "the deadline of job job-nan is no number above 0",
    endless: "done",
  });
  expect(worker.threads.lent).toBe(0);
});

test("threads that die idle are not kept", async () => {
  const worker = createWorker("exit-idle", { breaker: { threshold: 1_000, pauseMinMs: 50, pauseMaxMs: 50 } });
  await run(worker);
  await eventually("ten have died", async () => {
    await addMany(1);
    return countEvents("thread-died") >= 10 ? true : undefined;
  });
  await eventually("all others are warm", () =>
    worker.threads.warm === CONCURRENCY + 1 && worker.threads.lent === 0 ? true : undefined,
  );
});

test("the breaker opens although one warm thread still serves", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "semblance-test-sandbox-")), "started");
  const worker = createWorker("start-once", {
    workerData: file,
    breaker: { threshold: BREAKER_THRESHOLD, pauseMinMs: 60_000, pauseMaxMs: 60_000 },
  });
  await addMany(200);
  await run(worker);
  await eventually("it opens", () => (worker.isBreakerOpen ? true : undefined));
  expect(countEvents("thread-started")).toBe(1);
  expect(countEvents("thread-start-failed")).toBeLessThanOrEqual(BREAKER_THRESHOLD + 2 * (CONCURRENCY + 1));
  await rm(dirname(file), { recursive: true });
});

test("a breaker that closes before the worker was told to run does no harm", async () => {
  const worker = createWorker("echo-or-hang");
  await worker.warm();
  await worker.resume();
  await worker.pause(true);
  await worker.resume();
  await worker.run();
  const ended = collectOutcomes(worker, 1);
  await addMany(1);
  expect([...(await ended).values()]).toEqual(["done"]);
});

test("more concurrency is more threads", async () => {
  const worker = createWorker("echo-or-hang", {}, 1);
  await run(worker);
  worker.concurrency = 4;
  await addMany(4, () => ({ hang: true }));
  await eventually("all of them run", () => (worker.threads.lent === 4 ? true : undefined));
  expect(worker.threads.alive).toBeLessThanOrEqual(5);
});

describe("jobs that are taken ahead", () => {
  const AHEAD = 2;

  test("wait for one of the threads, which are no more for them", async () => {
    await addMany(12, (index) => ({ hang: index % 2 === 0 }));
    let lentMost = 0;
    const worker = createWorker(
      "echo-or-hang",
      {
        jobsAhead: AHEAD,
        deadlineMs: (job) => ((job.data as { hang: boolean }).hang ? 100 : 20_000),
        onEvent: () => {
          lentMost = Math.max(lentMost, worker.threads.lent);
        },
      },
      CONCURRENCY + AHEAD,
    );
    const ended = collectOutcomes(worker, 12);
    await run(worker);
    const outcomes = [...(await ended).values()];
    expect(outcomes.filter((outcome) => outcome === "done").length).toBe(6);
    expect(lentMost).toBe(CONCURRENCY);
    expect(worker.threads.alive).toBeLessThanOrEqual(CONCURRENCY + 1);
  });

  test("are put back when their turn does not come, and taken by a worker that is free", async () => {
    const busy = createWorker("echo-or-hang", { jobsAhead: AHEAD, aheadLimitMs: 100 }, 1 + AHEAD);
    await run(busy);
    await queue.add("hung", { hang: true }, { jobId: "hung" });
    await eventually("it runs", () => (busy.runningJobIds.includes("hung") ? true : undefined));
    await addMany(AHEAD);
    await eventually("they are taken", async () =>
      (await queue.getActiveCount()) === 1 + AHEAD ? true : undefined,
    );
    const free = createWorker("echo-or-hang");
    const ended = collectOutcomes(free, AHEAD);
    await run(free);
    expect([...(await ended).values()]).toEqual(["done", "done"]);
    expect(busy.runningJobIds).toEqual(["hung"]);
  });

  test("are canceled without a thread, and put back by a shutdown", async () => {
    const worker = createWorker("echo-or-hang", { jobsAhead: AHEAD, aheadLimitMs: 60_000 }, 1 + AHEAD);
    const ended = collectOutcomes(worker, 1);
    await run(worker);
    await queue.addBulk(
      ["running", "canceled", "put back"].map((name) => ({
        name,
        data: { hang: true },
        opts: { jobId: name },
      })),
    );
    await eventually("they are taken", async () => ((await queue.getActiveCount()) === 3 ? true : undefined));
    expect(worker.runningJobIds).toEqual(["running"]);
    expect(worker.cancelJob("canceled")).toBe(true);
    expect([...(await ended)]).toEqual([["canceled", "the job was canceled"]]);
    expect(countEvents("thread-killed")).toBe(0);
    await worker.shutDown(0);
    expect(await queue.getActiveCount()).toBe(0);
    expect(await queue.getWaitingCount()).toBe(2);
  });
});

test("a job fails whose attachment cannot be had, and its thread serves the next", async () => {
  const worker = createWorker("read-attachment", {
    attach: async (job) => {
      if (job.name === "0") throw new Error("it is gone");
      return { value: { name: job.name, bytes: Uint8Array.of(1) }, transferList: [] };
    },
  });
  const ended = collectOutcomes(worker, 8);
  await run(worker);
  await addMany(8);
  const outcomes = await ended;
  expect(outcomes.get("0")).toBe("it is gone");
  expect([...outcomes.values()].filter((outcome) => typeof outcome === "object").length).toBe(7);
  expect(countEvents("thread-killed")).toBe(0);
});

test("a thread gets what is attached to its job, bytes without a copy", async () => {
  const handed: ArrayBuffer[] = [];
  const worker = createWorker("read-attachment", {
    attach: (job) => {
      const bytes = Uint8Array.of(1, 2, Number(job.name));
      handed.push(bytes.buffer);
      return { value: { name: job.name, bytes }, transferList: [bytes.buffer] };
    },
  });
  const ended = collectOutcomes(worker, 3);
  await run(worker);
  await addMany(3);
  const outcomes = await ended;
  for (const name of ["0", "1", "2"]) expect(outcomes.get(name)).toEqual({ name, sum: 3 + Number(name) });
  expect(handed.map((buffer) => buffer.detached)).toEqual([true, true, true]);
});

test("a shutdown puts a job back that waits for a thread which is still starting", async () => {
  const worker = createWorker("slow-start", {}, 1);
  const active = new Promise((resolve) => worker.once("active", resolve));
  void worker.run();
  await addMany(1);
  await active;
  await worker.shutDown(60_000);
  expect(await queue.getActiveCount()).toBe(0);
  expect(await queue.getWaitingCount()).toBe(1);
});

describe("a worn thread is replaced between jobs", () => {
  test("after its number of jobs", async () => {
    const worker = createWorker("report-thread", { jobsMax: 10 });
    const threads: unknown[] = [];
    worker.on("completed", (_, thread) => threads.push(thread));
    await run(worker);
    await eventually("five are recycled", async () => {
      await addMany(20);
      return countEvents("thread-killed", "recycled") >= 5 ? true : undefined;
    });
    expect(new Set(threads).size).toBeGreaterThanOrEqual(5);
    expect(countEvents("thread-died") + countEvents("thread-start-failed")).toBe(0);
    expect(worker.threads.alive).toBeLessThanOrEqual(CONCURRENCY + 1);
  });

  test("when its heap has grown near the limit", async () => {
    const worker = createWorker("report-thread", {
      resourceLimits: { maxOldGenerationSizeMb: 64 },
      heapShareMax: 0.5,
    });
    await run(worker);
    let job = 0;
    await eventually("one is recycled", async () => {
      job += 1;
      await addMany(1, () => ({ hoardKib: 256 }), { jobId: `hoard-${job}` });
      return countEvents("thread-killed", "recycled") > 0 ? true : undefined;
    });
    expect(countEvents("thread-died")).toBe(0);
  });
});

test("answer, crash, deadline, cancel and shutdown at the same moment end each job exactly once", async () => {
  // Times so near each other that any of them may come first.
  const moment = fc.integer({ min: 0, max: 25 });
  const job = fc.record({ answerMs: moment, exitMs: moment, deadlineMs: moment, cancelMs: moment });
  const round = fc.record({ jobs: fc.array(job, { minLength: 4, maxLength: 8 }), shutDownMs: moment });
  const queueEvents = new QueueEvents("sandbox", { connection: { url: redisUrl() }, prefix });
  await queueEvents.waitUntilReady();
  const ends: string[] = [];
  queueEvents.on("completed", ({ jobId }) => ends.push(jobId));
  queueEvents.on("failed", ({ jobId }) => ends.push(jobId));
  let rounds = 0;

  await fc.assert(
    fc.asyncProperty(round, async ({ jobs, shutDownMs }) => {
      rounds += 1;
      const ids = jobs.map((_, index) => `round-${rounds}-job-${index}`);
      await queue.addBulk(jobs.map((data, index) => ({ name: "race", data, opts: { jobId: ids[index]! } })));
      const deadlineMs = ({ data }: { data: unknown }) => (data as RaceData).deadlineMs;
      const first = createWorker("race", { deadlineMs });
      await run(first);
      for (const [index, { cancelMs }] of jobs.entries()) {
        if (index % 2 === 0) setTimeout(() => first.cancelJob(ids[index]!), cancelMs);
      }
      await new Promise((resolve) => setTimeout(resolve, shutDownMs));
      await first.shutDown(0);
      expect(first.threads.alive).toBe(0);

      const second = createWorker("race", { deadlineMs });
      await run(second);
      await eventually("all have ended", () => (ids.every((id) => ends.includes(id)) ? true : undefined));
      await second.shutDown(0);
      expect(ends.filter((id) => ids.includes(id)).toSorted()).toEqual(ids.toSorted());
      expect(await queue.getActiveCount()).toBe(0);
    }),
    { numRuns: 12, endOnFailure: true },
  );
  await queueEvents.close();
}, 120_000);
