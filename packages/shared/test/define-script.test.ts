import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { defineScript } from "../src/redis/define-script.ts";

let redis: Redis;
beforeEach(() => {
  redis = connectToRedis();
});
afterEach(() => redis.disconnect());

const echo = () =>
  defineScript(
    `return {KEYS[1], unpack(ARGV)} -- ${randomBytes(8).toString("hex")}`,
    (reply) => reply as Buffer[],
    { asBuffers: true },
  );

test("arguments arrive byte by byte", async () => {
  const bytes = randomBytes(100_000);
  const script = echo();
  for (let time = 0; time < 2; time += 1) {
    expect(await script(redis, ["a key"], [bytes, "ж", 7])).toEqual([
      Buffer.from("a key"),
      bytes,
      Buffer.from("ж"),
      Buffer.from("7"),
    ]);
  }
});

describe("a script is run all the same", () => {
  test("when Redis has forgotten it, several times at once", async () => {
    const script = echo();
    await script(redis, ["a"], ["b"]);
    await redis.script("FLUSH");
    const answers = await Promise.all(Array.from({ length: 5 }, () => script(redis, ["a"], ["b"])));
    expect(answers).toEqual(answers.map(() => [Buffer.from("a"), Buffer.from("b")]));
  });

  test("on a connection that broke while it was on its way", async () => {
    const script = echo();
    const large = randomBytes(5_000_000);
    await script(redis, ["a"], [large]);
    const answer = script(redis, ["a"], [large]);
    redis.stream.destroy();
    expect(await answer).toEqual([Buffer.from("a"), large]);
  });

  test("and sent by its hash from the second time on", async () => {
    const script = echo();
    const calls = async () => /cmdstat_evalsha:calls=(\d+)/.exec(await redis.info("commandstats"))?.[1];
    await script(redis, ["a"], []);
    const before = await calls();
    await script(redis, ["a"], []);
    await eventually("it is counted", async () => ((await calls()) !== before ? true : undefined));
  });
});

test("an error of the script is the caller's", async () => {
  const script = defineScript("return redis.call('NOSUCHCOMMAND')", (reply) => reply);
  await expect(script(redis, [], [])).rejects.toThrow(/unknown/i);
});
