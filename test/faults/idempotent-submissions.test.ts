import { redisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Semblance } from "../../packages/client/src/semblance.ts";
import type { Submission } from "../../packages/client/src/wire-types.ts";
import { createAppFleet } from "../support/app-fleet.ts";
import { post, readQueue } from "../support/client.ts";
import { connectToRedis } from "../support/connect-to-redis.ts";

const fleet = createAppFleet();
let redis: Redis;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(() => redis.disconnect());

/** By the project's own client, with the patience that it has by itself. */
const submitAgain = async (url: string, submission: Submission, idempotencyKey: string): Promise<string> =>
  (await new Semblance({ url }).submit(submission, { idempotencyKey })).id;

test("200 of the same at once, to four processes, make one job, and all are told its id", async () => {
  const apis = await Promise.all(Array.from({ length: 4 }, () => fleet.startApi()));
  const submission = { query: "a", candidates: ["b"] };
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) => submitAgain(apis[index % 4]!.url, submission, "the-one")),
  );
  expect(new Set(answers).size).toBe(1);
  expect((await readQueue(apis[0]!.url)).depth).toBe(1);
});

test("an API that is killed between admission and answer leaves what a retry completes: one job for each key", {
  timeout: 120_000,
}, async () => {
  const [doomed, other] = await Promise.all([fleet.startApi(), fleet.startApi()]);
  const keys = redisKeys(fleet.env["KEY_PREFIX"]!);
  // Large: the payload goes to Redis between the admission and the job.
  const bodies = Array.from({ length: 24 }, (_, index) =>
    JSON.stringify({ query: `${index}`, candidates: Array(200).fill("x".repeat(5_000)) }),
  );
  let answered = 0;
  const first = bodies.map((body, index) =>
    post(doomed.url, body, { "Idempotency-Key": `k${index}` }).then(
      () => {
        answered += 1;
      },
      () => undefined,
    ),
  );
  // When some are admitted and not in the queue yet; where the others are then is chance.
  const countHalfDone = async () => {
    const ids = await redis.hkeys(keys.reservations);
    const added = await Promise.all(ids.map((id) => redis.exists(keys.queueJob(id))));
    return added.filter((count) => count === 0).length;
  };
  while ((await countHalfDone()) === 0) expect(answered).toBeLessThan(bodies.length);
  doomed.kill("SIGKILL");
  await Promise.all(first);
  expect(answered).toBeLessThan(bodies.length);
  const halfDone = await countHalfDone();

  const accepted = await Promise.all(
    bodies.map((body, index) => submitAgain(other.url, JSON.parse(body), `k${index}`)),
  );
  const ids = new Set(accepted);
  expect(ids.size).toBe(bodies.length);
  expect(new Set(await redis.zrange(keys.queuePrioritized, "0", "-1"))).toEqual(ids);
  expect(halfDone).toBeGreaterThan(0);
});
