import { expect, onTestFinished, test } from "vitest";
import { toRedisSettings } from "../../../test/support/connect-to-redis.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { connectFailFast, waitUntilConnected } from "../src/redis/connect.ts";

const keyPrefix = uniqueKeyPrefix();

const connected = async () => {
  const redis = connectFailFast(toRedisSettings(redisUrl(), keyPrefix), () => undefined);
  onTestFinished(() => redis.disconnect());
  await waitUntilConnected(redis, 20_000);
  return redis;
};

/** Longer than a command may wait for Redis. */
const stall = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);

test("what Redis has answered is heard, however long the process stood still meanwhile", async () => {
  const redis = await connected();
  const answers = Promise.all([redis.ping(), redis.pipeline().ping().ping().exec()]);
  stall();
  expect(await answers).toEqual([
    "PONG",
    [
      [null, "PONG"],
      [null, "PONG"],
    ],
  ]);
});

test("a command that Redis does not answer is given up", async () => {
  const redis = await connected();
  await expect(redis.blpop(`${keyPrefix}:nothing`, 5)).rejects.toThrow("Command timed out");
});
