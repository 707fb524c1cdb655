import { redisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Semblance } from "../../packages/client/src/semblance.ts";
import { createAppFleet } from "../support/app-fleet.ts";
import { submit } from "../support/client.ts";
import { connectToRedis } from "../support/connect-to-redis.ts";
import { eventually } from "../support/eventually.ts";
import { keepAlive } from "../support/keep-alive.ts";
import { startWebhookWitness, type WebhookWitness } from "../support/webhook-witness.ts";

const KILLS = 8;
const JOBS_PER_KILL = 40;
const CLIENTS = 8;
/** Large enough for a payload that goes to Redis by itself, between the admission and the job. */
const candidates = Array.from({ length: 200 }, () => "x".repeat(200));

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

const readAllIds = async (url: string): Promise<Set<string>> => {
  const client = new Semblance({ url });
  const ids = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const page = await client.list({ limit: 100, cursor });
    for (const { id } of page.jobs) ids.add(id);
    if (page.next_cursor === null) return ids;
    cursor = page.next_cursor;
  }
};

test("SIGKILLs of the API lose no webhook of a job that was accepted, and tell of none that there is not", {
  timeout: 240_000,
}, async () => {
  const api = await keepAlive(() => fleet.startApi(witness.env));
  await fleet.startWorker({ ...witness.env, WORKER_CONCURRENCY: "2" });

  const accepted = new Map<string, number>();
  let unanswered = 0;
  let next = 0;
  const submitAll = async () => {
    while (accepted.size < KILLS * JOBS_PER_KILL) {
      const receiver = next++ % witness.receivers.length;
      const { url } = await api.current();
      const webhook = { url: witness.receivers[receiver]!.url };
      const job = await submit(url, { query: "x", candidates, top_n: 1, webhook }).catch(() => null);
      if (job) accepted.set(job.id, receiver);
      else unanswered += 1;
    }
  };
  const killAll = async () => {
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const moment = (kill - Math.random()) * JOBS_PER_KILL;
      while (accepted.size < moment) await new Promise(setImmediate);
      await api.kill();
    }
  };
  await Promise.all([...Array.from({ length: CLIENTS }, submitAll), killAll()]);

  const { url } = await api.current();
  const keys = redisKeys(fleet.env["KEY_PREFIX"]!);
  const { ended } = await witness.expectAllTold({ apiUrl: url, redis, keys }, accepted);
  expect(ended.filter(({ status }) => status !== "succeeded")).toEqual([]);
  // Whose answer was lost with the API was accepted all the same, or not at all.
  const kept = await readAllIds(url);
  await eventually("all of them are told of", () => (kept.isSubsetOf(witness.toldIds()) ? true : undefined));
  expect(witness.toldIds()).toEqual(kept);
  expect(kept.size).toBeLessThanOrEqual(accepted.size + unanswered);
  console.log(
    `${KILLS} kills of the API, ${accepted.size} accepted, ${unanswered} unanswered, of which ${kept.size - accepted.size} were told of`,
  );
});
