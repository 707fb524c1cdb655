import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Job, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AppProcess, startAppProcess } from "../support/app-process.ts";
import { connectToRedis } from "../support/connect-to-redis.ts";
import { DEFECTS_QUEUE, type DefectsData } from "../support/defects-queue.ts";
import { eventually } from "../support/eventually.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";
import { startsFile } from "../support/starts-as-told.ts";

/**
 * Each guarantee is held against BullMQ's own sandbox, where it must fail, and against ours. When BullMQ repairs one, its
 * line here goes red, and what we do about it may go.
 */
const SANDBOXES = [
  { sandbox: "semblance", run: test, limitMs: 20_000 },
  // Long enough for any machine: what is waited for never comes.
  { sandbox: "bullmq", run: test.fails, limitMs: 4_000 },
] as const;

let redis: Redis;
let queue: Queue<DefectsData>;
let worker: AppProcess;
let dir: string;
let orders: string;
let env: Record<string, string>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "semblance-test-defects-"));
  orders = join(dir, "orders");
  await writeFile(orders, "start");
  env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix(), THREAD_ORDERS: orders };
  redis = connectToRedis();
  queue = new Queue(DEFECTS_QUEUE, { connection: redis, prefix: env["KEY_PREFIX"]! });
});

afterEach(async () => {
  await worker.dispose();
  await queue.close();
  redis.disconnect();
  await rm(dir, { recursive: true, force: true });
});

const add = (does: DefectsData["does"]) => queue.add(does, { does }, { attempts: 3 });

const aStart = (order: string) =>
  eventually(`a thread that starts as ${order}`, async () => {
    const starts = await readFile(startsFile(orders), "utf8").catch(() => "");
    return starts.includes(order) ? true : undefined;
  });

/** Waits until the job has ended, and looks how. */
const stateOf = (job: Job, limitMs: number) =>
  eventually(
    `job ${job.name}`,
    async () => {
      const state = await job.getState();
      return state === "completed" || state === "failed" ? state : undefined;
    },
    limitMs,
  );

describe.each(SANDBOXES)("on $sandbox's sandbox", ({ sandbox, run, limitMs }) => {
  const start = async () => {
    worker = await startAppProcess("test/support/defects-worker.ts", { ...env, SANDBOX: sandbox });
  };

  run("a job that hangs is stopped at its deadline, and its slot serves the next one", async () => {
    await start();
    await add("hang");
    expect(await stateOf(await add("answer"), limitMs)).toBe("completed");
  });

  run("a thread that runs out of memory leaves the process alive, and the next job is served", async () => {
    await start();
    await add("exhaust the heap");
    const next = await add("answer");
    expect(await stateOf(next, limitMs)).toBe("completed");
    expect(worker.child.exitCode).toBeNull();
  });

  run("a dying thread is not lent to innocent jobs", async () => {
    await start();
    const innocent: Job[] = [];
    for (let pair = 0; pair < 20; pair += 1) {
      await queue.add("throw later", { does: "throw later" }, { attempts: 1 });
      innocent.push(await queue.add("answer", { does: "answer" }, { attempts: 1 }));
    }
    for (const job of innocent) expect(await stateOf(job, limitMs)).toBe("completed");
  });

  run("a thread that crashed is no longer held", async () => {
    await start();
    for (let crash = 0; crash < 5; crash += 1) {
      const job = await queue.add("exit", { does: "exit" }, { attempts: 1 });
      expect(await stateOf(job, 20_000)).toBe("failed");
    }
    const answered = once(worker.child, "message");
    worker.child.send("how many are lent?");
    const [answer] = await answered;
    expect(answer).toEqual({ type: "lent", count: 0 });
  });

  run("a thread that exits while it starts costs its job nothing, once it can start again", async () => {
    await writeFile(orders, "exit");
    await start();
    const job = await add("answer");
    await aStart("exit");
    await writeFile(orders, "start");
    expect(await stateOf(job, limitMs)).toBe("completed");
  });

  run("a thread that throws while it starts burns no attempt of its job", async () => {
    await writeFile(orders, "throw");
    await start();
    const job = await queue.add("answer", { does: "answer" }, { attempts: 1 });
    await aStart("throw");
    await writeFile(orders, "start");
    expect(await stateOf(job, limitMs)).toBe("completed");
  });
});
