import { redisKeys } from "@semblance/shared/redis/keys";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Semblance } from "../../packages/client/src/semblance.ts";
import type { Submission } from "../../packages/client/src/wire-types.ts";
import { createAppFleet } from "../support/app-fleet.ts";
import { misdeed } from "../support/misdeeds.ts";
import { createOwnRedis } from "../support/own-redis.ts";
import { startWebhookWitness, type WebhookWitness } from "../support/webhook-witness.ts";

const RESTARTS = Number(process.env["WEBHOOK_REDIS_KILLS"] ?? 5);
const JOBS_PER_RESTART = 60;
const CLIENTS = 6;

const ownRedis = createOwnRedis();
const fleet = createAppFleet(ownRedis.url);
let witness: WebhookWitness;

beforeEach(async () => {
  witness = await startWebhookWitness();
});
afterEach(() => witness.close());

test("SIGKILLs of Redis while jobs end and webhooks are sent lose no webhook of an accepted job", {
  timeout: 600_000,
}, async () => {
  const api = await fleet.startApi(witness.env);
  for (let worker = 0; worker < 2; worker += 1) {
    await fleet.startMisbehavingWorker({
      ...witness.env,
      WORKER_CONCURRENCY: "2",
      JOB_ATTEMPTS: "1",
      LOCK_MS: "1000",
      STALLED_CHECK_MS: "100",
    });
  }

  // Sent again under its key until it is answered: only then does it count as accepted.
  const client = new Semblance({
    url: api.url,
    timeoutMs: 300_000,
    retry: { attemptsMax: 100, pauseMsMax: 500, totalMs: 300_000 },
  });
  const accepted = new Map<string, number>();
  let next = 0;
  const submitOne = async () => {
    const index = next++;
    const receiver = index % witness.receivers.length;
    const what = index % 5 === 0 ? "throws what quotes a text" : "none";
    const submission = misdeed(what, { webhook: { url: witness.receivers[receiver]!.url } });
    const { id } = await client.submit(submission as Submission);
    accepted.set(id, receiver);
  };
  const submitting: Promise<void>[] = [];
  for (let restart = 1; restart <= RESTARTS; restart += 1) {
    const told = witness.count();
    const submitSome = async () => {
      for (let job = 0; job < JOBS_PER_RESTART / CLIENTS; job += 1) await submitOne();
    };
    submitting.push(...Array.from({ length: CLIENTS }, submitSome));
    // While the others of these jobs are being submitted, scored and told of.
    await witness.untilCount(told + Math.ceil(Math.random() * (JOBS_PER_RESTART / 2)));
    await ownRedis.restart("SIGKILL");
  }
  // A submission whose job was just being added is unsure for 30 s.
  await Promise.all(submitting);

  const redis = new Redis(ownRedis.url());
  const system = { apiUrl: api.url, redis, keys: redisKeys(fleet.env["KEY_PREFIX"]!) };
  const { duplicates } = await witness.expectAllTold(system, accepted).finally(() => redis.disconnect());
  console.log(
    `${RESTARTS} kills of Redis, ${accepted.size} jobs, ${witness.count()} webhooks, ${duplicates} came again after they were taken`,
  );
  expect(witness.toldIds()).toEqual(new Set(accepted.keys()));
});
