import { redisKeys } from "@semblance/shared/redis/keys";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { createOwnRedis } from "../../../test/support/own-redis.ts";
import { RefusalTally } from "../src/queue/refusal-tally.ts";

const ownRedis = createOwnRedis();

test("refusals that Redis does not take are told later, with those that came meanwhile", async () => {
  const redis = new Redis(ownRedis.url());
  onTestFinished(() => redis.disconnect());
  const keys = redisKeys(uniqueKeyPrefix());
  const tally = new RefusalTally(redis, keys);
  await ownRedis.fill();
  tally.count("queue-full");
  await tally.close();
  expect(await redis.exists(keys.queueTotals)).toBe(0);
  tally.count("store-full");
  tally.count("quota-exceeded");
  await ownRedis.drain();
  await tally.close();
  expect(await redis.hgetall(keys.queueTotals)).toEqual({ refused: "2" });
});
