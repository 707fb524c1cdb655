import { expect, onTestFinished, test } from "vitest";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { connectFailFast, waitUntilConnected } from "../src/redis/connect.ts";

const connected = async () => {
  const redis = connectFailFast(redisUrl(), () => undefined);
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
  await expect(redis.blpop("{test}:nothing", 5)).rejects.toThrow("Command timed out");
});
