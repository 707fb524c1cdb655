import { redisKeys } from "@semblance/shared/redis/keys";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import type { AppProcess } from "../support/app-process.ts";
import { type Balancer, startBalancer } from "../support/balancer.ts";
import { readQueue, waitForEnd } from "../support/client.ts";
import { redisUrl } from "../support/redis-url.ts";
import { type AcceptedJob, type SteadyLoad, startSteadyLoad } from "../support/steady-load.ts";
import { startWebhookWitness, type WebhookWitness } from "../support/webhook-witness.ts";

const ROUNDS = Number(process.env["ROLLING_ROUNDS"] ?? 2);
const SEED = Number(process.env["ROLLING_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
/** Between two restarts, so that each meets the load. */
const JOBS_BETWEEN = 10;
/** For some to be under way whenever a worker stops. */
const SLOW_RECEIVER_MS = 300;

/** Service by service as an orchestrator does, and then by turns. */
const ORDERS = [
  ["api-1", "api-2", "worker-1", "worker-2"],
  ["worker-1", "api-1", "worker-2", "api-2"],
];

/** All results are told whole. */
const COMMON_ENV = { JOB_TIMEOUT_MS: "60000", WEBHOOK_RESULT_BYTES_MAX: "1000000" };
const API_ENV = {
  ...COMMON_ENV,
  // Far longer than the balancer takes to see it, and each client its next answer.
  SHUTDOWN_DELAY_MS: "3000",
};
const WORKER_ENV = {
  ...COMMON_ENV,
  WORKER_CONCURRENCY: "4",
  // Long enough for every receiver to answer, and too short for slow jobs.
  SHUTDOWN_GRACE_MS: "4000",
  WEBHOOK_TIMEOUT_MS: "15000",
  // What a worker that stops should leave behind, a job or a delivery, would be missed for longer than this test waits.
  LOCK_MS: "600000",
};

const fleet = createAppFleet();
let redis: Redis;
let witness: WebhookWitness;
let balancer: Balancer;

beforeEach(async () => {
  redis = new Redis(redisUrl());
  witness = await startWebhookWitness(SLOW_RECEIVER_MS);
  balancer = await startBalancer();
});
afterEach(async () => {
  redis.disconnect();
  await balancer.close();
  await witness.close();
});

const startApi = async () => {
  const api = await fleet.startApi({ ...witness.env, ...API_ENV });
  await balancer.add(api.url);
  return api;
};
const startWorker = () => fleet.startWorkerWithSlowJobs({ ...witness.env, ...WORKER_ENV });

const start = (name: string) => (name.startsWith("api") ? startApi() : startWorker());

/** One at a time: each ends by itself, and the next is touched only when its successor is ready. */
const restartAll = async (running: Map<string, AppProcess>, load: SteadyLoad) => {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of ORDERS[round % ORDERS.length]!) {
      await load.untilMoreAccepted(JOBS_BETWEEN);
      const old = running.get(name)!;
      old.kill("SIGTERM");
      expect(await old.exited).toBe(0);
      balancer.remove(old.url);
      running.set(name, await start(name));
    }
  }
};

/** That a job has ended as it should: rightly scored by its first attempt, or canceled where it was asked to be. */
const expectRightEnd = async (job: AcceptedJob) => {
  const { status, attempts, result } = await waitForEnd(balancer.url, job.id);
  if (job.cancel === "confirmed") expect(status).toBe("canceled");
  else if (job.cancel === "not asked" || status !== "canceled") {
    expect({ status, attempts, results: result?.results }).toEqual({
      status: "succeeded",
      attempts: 1,
      results: job.readResults(),
    });
  }
};

test("a rolling restart of all APIs and workers fails no request, loses no job and doubles no webhook", {
  timeout: 300_000 + ROUNDS * 120_000,
}, async () => {
  console.log(`${ROUNDS} rounds, seed ${SEED}`);
  const names = ORDERS[0]!;
  const apps = await Promise.all(names.map(start));
  const running = new Map(names.map((name, at) => [name, apps[at]!]));
  const webhookUrls = witness.receivers.map(({ url }) => url);
  const load = startSteadyLoad(balancer.url, webhookUrls, SEED);
  await Promise.all([restartAll(running, load).finally(load.stop), load.ended]);

  const { accepted } = load;
  for (const job of accepted) await expectRightEnd(job);
  const awaited = accepted.flatMap(({ id, receiver }) =>
    receiver === null ? [] : [[id, receiver] as const],
  );
  const keys = redisKeys(fleet.env["KEY_PREFIX"]!);
  const { duplicates } = await witness.expectAllTold({ apiUrl: balancer.url, redis, keys }, new Map(awaited));
  expect(duplicates).toBe(0);
  const refusedCount = [...load.refusals.values()].reduce((sum, count) => sum + count, 0);
  // Only who was refused may have a job without knowing.
  expect(witness.toldIds().size - awaited.length).toBeLessThanOrEqual(refusedCount);
  expect(await readQueue(balancer.url)).toMatchObject({ depth: 0, running: 0, workers: 2 });

  const starts = await Promise.all(accepted.map(({ id }) => redis.hget(keys.queueJob(id), "ats")));
  const putBackCount = starts.filter((count) => Number(count) > 1).length;
  console.log(
    `${accepted.length} jobs, ${putBackCount} of them put back; ${awaited.length} webhooks; ${refusedCount} refused, ` +
      `${load.resumedCount()} streams resumed, ${balancer.reusedCount()} requests on kept connections;`,
    Object.fromEntries(load.uses),
    Object.fromEntries(load.refusals),
  );
  // The restarts met what they were to meet.
  expect(putBackCount).toBeGreaterThan(0);
  expect(balancer.reusedCount()).toBeGreaterThan(0);
  expect(load.uses.size).toBe(7);
});
