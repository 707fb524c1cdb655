import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { read, readQueue, submit, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { type InProcessApi, startInProcessApi } from "../support/in-process-api.ts";
import { startInProcessWorker } from "../support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";

const STARTS_AS_TOLD = new URL("../support/starts-as-told-processor.ts", import.meta.url);
let dir: string;
let api: InProcessApi;
let env: Record<string, string>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "semblance-test-start-"));
  env = {
    REDIS_URL: redisUrl(),
    KEY_PREFIX: uniqueKeyPrefix(),
    WORKER_CONCURRENCY: "1",
    THREAD_START_LIMIT_MS: "1000",
    BREAKER_THRESHOLD: "2",
  };
  api = await startInProcessApi(env);
});

afterEach(async () => {
  await api.close();
  await rm(dir, { recursive: true, force: true });
});

test.each(["throw", "exit", "hang"])(
  "while threads %s as they start, jobs wait with no attempt burned, and succeed after the repair",
  async (fault) => {
    const orders = join(dir, "orders");
    process.env["THREAD_ORDERS"] = orders;
    await writeFile(orders, fault);
    const { worker, close } = await startInProcessWorker(env, STARTS_AS_TOLD);
    const jobs = await Promise.all(
      Array.from({ length: 5 }, () => submit(api.url, { query: "a", candidates: ["b"] })),
    );
    await eventually("the breaker opens", () => (worker.isTaking ? undefined : true));
    await eventually("no job is held", async () =>
      (await readQueue(api.url)).depth === 5 ? true : undefined,
    );
    for (const { id } of jobs)
      expect(await read(api.url, id)).toMatchObject({ status: "queued", attempts: 0 });
    expect(worker.threadCount).toBeLessThanOrEqual(2);

    await writeFile(orders, "start");
    for (const { id } of jobs) {
      expect(await waitForEnd(api.url, id)).toMatchObject({ status: "succeeded", attempts: 1 });
    }
    expect(worker.isTaking).toBe(true);
    await close();
  },
);
