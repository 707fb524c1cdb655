import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { LargeCommand } from "../src/redis/large-command.ts";

let redis: Redis;
let key: string;
beforeEach(() => {
  redis = connectToRedis();
  key = `test:large-command:${randomBytes(8).toString("hex")}`;
});
afterEach(async () => {
  await redis.del(key);
  redis.disconnect();
});

const store = (fields: Record<string, Buffer>) =>
  redis.sendCommand(new LargeCommand("hset", [key, ...Object.entries(fields).flat()]));

test.each([[[0]], [[1, 0, 65_536]], [[5_000_000]], [[3, 100_000, 0, 1_000_000, 70_000]]])(
  "buffers of %j bytes arrive byte by byte",
  async (sizes) => {
    const fields = Object.fromEntries(sizes.map((size, index) => [`ж${index}`, randomBytes(size)]));
    expect(await store(fields)).toBe(sizes.length);
    expect(await redis.hgetallBuffer(key)).toEqual(fields);
  },
);

test("answers keep their order among other commands", async () => {
  const bytes = randomBytes(200_000);
  const answers = await Promise.all([redis.echo("1"), store({ bytes }), redis.hlen(key), redis.echo("2")]);
  expect(answers).toEqual(["1", 1, 1, "2"]);
});

test("one that was on its way when the connection broke is sent again", async () => {
  await redis.ping();
  const bytes = randomBytes(5_000_000);
  const stored = store({ bytes });
  redis.stream.destroy();
  await stored;
  expect(await redis.hgetBuffer(key, "bytes")).toEqual(bytes);
});

test("one that is sent before the connection is there waits for it", async () => {
  const late = new Redis(redisUrl(), { lazyConnect: true });
  await late.sendCommand(new LargeCommand("set", [key, randomBytes(100_000)]));
  expect(await redis.strlen(key)).toBe(100_000);
  late.disconnect();
});
