import { setTimeout as delay } from "node:timers/promises";
import { redisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { cancel, submit, waitForEnd } from "../support/client.ts";
import { connectToRedis } from "../support/connect-to-redis.ts";
import { keepAlive } from "../support/keep-alive.ts";
import { misdeed } from "../support/misdeeds.ts";
import { createRandom } from "../support/random.ts";
import { startWebhookWitness, type WebhookWitness } from "../support/webhook-witness.ts";

const KILLS = Number(process.env["WEBHOOK_KILLS"] ?? 25);
const JOBS_PER_KILL = 10;
const JOBS = KILLS * JOBS_PER_KILL;
const SEED = Number(process.env["WEBHOOK_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
/** Beyond what an attempt and its notes take. */
const MOMENT_MS_MAX = 40;

const fleet = createAppFleet();
let redis: Redis;
let witness: WebhookWitness;

beforeEach(async () => {
  redis = connectToRedis();
  witness = await startWebhookWitness();
});
afterEach(async () => {
  redis.disconnect();
  await witness.close();
});

/** How each job of ten is to end; a canceled one may have ended otherwise before. */
const KINDS = ["canceled", "canceled", "failed", "failed", "timed out"] as const;
const kindOf = (index: number) => KINDS[index % 10] ?? "succeeded";

const submissionOf = (index: number, fields: object) => {
  switch (kindOf(index)) {
    case "failed":
      return misdeed("throws what quotes a text", fields);
    case "timed out":
      return misdeed("spins in JavaScript", { timeout_ms: 100, ...fields });
    default:
      return misdeed("none", fields);
  }
};

test("SIGKILLs of workers around the ends of jobs lose no webhook, and each keeps its id and its words", {
  timeout: 900_000,
}, async () => {
  console.log(`${KILLS} kills, ${JOBS} jobs, seed ${SEED}`);
  const random = createRandom(SEED, 0);
  const api = await fleet.startApi(witness.env);
  const accepted = new Map<string, number>();
  const submitOne = async (submission: (fields: object) => object): Promise<string> => {
    const receiver = random.between(0, witness.receivers.length - 1);
    const { id } = await submit(api.url, submission({ webhook: { url: witness.receivers[receiver]!.url } }));
    accepted.set(id, receiver);
    return id;
  };

  // They end while there is no worker, and are told of when there is one.
  const submitFirst = () => submitOne((fields) => misdeed("none", { expires_in_ms: 1_000, ...fields }));
  const first = await Promise.all(Array.from({ length: JOBS_PER_KILL }, submitFirst));
  for (const id of first.slice(0, JOBS_PER_KILL / 2)) await cancel(api.url, id);
  for (const id of first) await waitForEnd(api.url, id);

  const startWorker = () =>
    fleet.startMisbehavingWorker({
      ...witness.env,
      WORKER_CONCURRENCY: "2",
      JOB_ATTEMPTS: "1",
      LOCK_MS: "1000",
      STALLED_CHECK_MS: "100",
    });
  const workers = await Promise.all([keepAlive(startWorker), keepAlive(startWorker)]);

  for (let kill = 1, submitted = 0; kill <= KILLS; kill += 1) {
    const told = witness.count();
    const submitting = Array.from({ length: JOBS_PER_KILL }, async (_, at) => {
      const index = submitted + at;
      const id = await submitOne((fields) => submissionOf(index, fields));
      if (kindOf(index) === "canceled") await cancel(api.url, id);
    });
    submitted += JOBS_PER_KILL;
    await Promise.all(submitting);
    // None of these jobs was told of when the count began: so many webhooks are still to come.
    await witness.untilCount(told + random.between(0, JOBS_PER_KILL));
    await delay(random.between(0, MOMENT_MS_MAX));
    await random.pick(workers).kill();
  }

  const system = { apiUrl: api.url, redis, keys: redisKeys(fleet.env["KEY_PREFIX"]!) };
  const { ended, duplicates } = await witness.expectAllTold(system, accepted);
  const statuses = Map.groupBy(ended, ({ status }) => status);
  console.log(
    `${accepted.size} jobs, ${witness.count()} webhooks, ${duplicates} came again after they were taken:`,
    Object.fromEntries([...statuses].map(([status, jobs]) => [status, jobs.length])),
  );
  expect(witness.toldIds()).toEqual(new Set(accepted.keys()));
  for (const status of ["succeeded", "failed", "canceled", "expired"] as const) {
    expect(statuses.get(status)?.length).toBeGreaterThan(0);
  }
});
