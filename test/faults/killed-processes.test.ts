import { afterEach, expect, test } from "vitest";
import { type AppProcess, startApiProcess, startWorkerProcess } from "../support/app-process.ts";
import { submit, waitForEnd } from "../support/client.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";

const KILLS = 10;
const SUBMISSIONS = 200;
const candidates = Array.from({ length: 2_000 }, (_, index) => `Saint Petersburg ${index}`);

let living: AppProcess[] = [];

afterEach(async () => {
  await Promise.all(living.map((app) => app.dispose()));
  living = [];
});

/** Keeps one process alive: whenever it is killed, the next one is there. */
const keepAlive = async (start: () => Promise<AppProcess>) => {
  let current = await start();
  living.push(current);
  return {
    get url() {
      return current.url;
    },
    kill: async () => {
      current.kill("SIGKILL");
      await current.exited;
      current = await start();
      living.push(current);
    },
  };
};

test("SIGKILLs of API and worker at random moments lose no accepted job", { timeout: 240_000 }, async () => {
  const env = {
    REDIS_URL: redisUrl(),
    KEY_PREFIX: uniqueKeyPrefix(),
    WORKER_CONCURRENCY: "2",
    LOCK_MS: "2000",
    STALLED_CHECK_MS: "500",
  };
  const api = await keepAlive(() => startApiProcess(env));
  const worker = await keepAlive(() => startWorkerProcess(env));

  const accepted: string[] = [];
  let offered = 0;
  const submitAll = async () => {
    while (offered < SUBMISSIONS) {
      offered += 1;
      // A submission that meets a killed API gets no answer, and counts as not accepted.
      const job = await submit(api.url, { query: "Sankt Peterburg", candidates, top_n: 1 }).catch(() => null);
      if (job) accepted.push(job.id);
    }
  };
  const killAll = async () => {
    for (let kill = 1; kill <= KILLS; kill += 1) {
      // A random moment within this kill's share of the submissions, so that kills and submissions go on together.
      const moment = ((kill - Math.random()) / KILLS) * SUBMISSIONS;
      while (offered < moment) await new Promise(setImmediate);
      await (kill % 2 === 0 ? api : worker).kill();
    }
  };
  await Promise.all([submitAll(), submitAll(), killAll()]);

  expect(accepted.length).toBeGreaterThan(SUBMISSIONS / 2);
  const ended = await Promise.all(accepted.map((id) => waitForEnd(api.url, id, 120_000)));
  const statuses = Map.groupBy(ended, (job) => job.status);
  console.log(
    `${KILLS} kills, ${offered} offered, ${accepted.length} accepted:`,
    Object.fromEntries([...statuses].map(([status, jobs]) => [status, jobs.length])),
  );
  for (const job of ended) {
    if (job.status === "succeeded") expect(job.result?.results[0]?.index).toBe(0);
    else expect(job.error?.code).toBe("crashed");
  }
});
