import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import type { ScoringFacts } from "../src/job/scoring-job.ts";
import { type RedisKeys, redisKeys } from "../src/redis/keys.ts";
import { type AttemptStore, createAttemptStore } from "../src/store/attempt-store.ts";
import { END_REASONS } from "../src/store/end-mark.ts";
import { JOB_RECORD_BYTES } from "../src/store/ledger.ts";

const RESULT_TTL_MS = 5_000;
const ID = "job_1";
const TOKEN = "this worker's";
const FACTS: ScoringFacts = {
  v: 1,
  tenant: "default",
  metric: "ratio",
  candidateCount: 1,
  timeoutMs: 10_000,
  startBeforeMs: 1_800_000_000_000,
};
const RESULT = Buffer.from('{"results":[]}');
let redis: Redis;
let keys: RedisKeys;
let store: AttemptStore;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(() => redis.disconnect());

beforeEach(async () => {
  keys = redisKeys(uniqueKeyPrefix());
  store = createAttemptStore(redis, keys, RESULT_TTL_MS);
  await redis.hset(keys.payload(ID), { envelope: "{}", candidates: "[1]" });
  await redis.set(keys.metadata(ID), "{}");
  await redis.set(keys.queueLock(ID), TOKEN);
  await redis.zadd(keys.startDeadlines, Date.now() + 60_000, ID);
});

const storedBytes = () => redis.get(keys.ledgerTotal);

test("a job may begin, and its payload outlives the attempt", async () => {
  expect(await store.begin(ID, false)).toEqual({
    envelope: Buffer.from("{}"),
    candidates: Buffer.from("[1]"),
  });
  expect(await redis.pttl(keys.payload(ID))).toBeGreaterThan(3_600_000);
});

test("a large payload is asked for by itself, and comes whole, byte by byte", async () => {
  const candidates = Buffer.alloc(1_000_000, Uint8Array.of(0xff, 0x00, 0x80, 0x22));
  await redis.hset(keys.payload(ID), { candidates });
  expect(await store.begin(ID, false)).toBe("large");
  expect(await store.readPayload(ID)).toEqual({ envelope: Buffer.from("{}"), candidates });
  await redis.del(keys.payload(ID));
  expect(await store.readPayload(ID)).toBeNull();
});

test("a job that no thread has begun in time is expired, and one that a thread has begun is not", async () => {
  await redis.zadd(keys.startDeadlines, Date.now() - 1, ID);
  expect(await store.begin(ID, false)).toBe("expired");
  await store.started(ID);
  expect(await store.begin(ID, false)).toHaveProperty("candidates");
});

test("a result takes its payload's place, is counted, and expires", async () => {
  expect(await store.storeResult(ID, TOKEN, RESULT, FACTS)).toBe("stored");
  expect(await redis.exists(keys.payload(ID), keys.startDeadlines)).toBe(0);
  expect(await redis.get(keys.result(ID))).toBe(RESULT.toString());
  for (const key of [keys.result(ID), keys.metadata(ID)]) {
    expect(await redis.pttl(key)).toBeGreaterThan(0);
    expect(await redis.pttl(key)).toBeLessThanOrEqual(RESULT_TTL_MS);
  }
  expect(await storedBytes()).toBe(String(JOB_RECORD_BYTES + RESULT.length + 2));
  expect(await store.begin(ID, false)).toBe("scored");
});

describe("a large result", () => {
  const large = Buffer.alloc(200_000, "x");
  const drafts = () => redis.keys(`${keys.resultDraft(ID, "")}*`);

  test("takes its payload's place as a small one does, seen by no script", async () => {
    const seen = vi.spyOn(redis, "sendCommand");
    onTestFinished(() => seen.mockRestore());
    expect(await store.storeResult(ID, TOKEN, large, FACTS)).toBe("stored");
    expect(await redis.getBuffer(keys.result(ID))).toEqual(large);
    expect(await redis.pttl(keys.result(ID))).toBeLessThanOrEqual(RESULT_TTL_MS);
    expect(await redis.exists(keys.payload(ID))).toBe(0);
    expect(await storedBytes()).toBe(String(JOB_RECORD_BYTES + large.length + 2));
    expect(await drafts()).toEqual([]);
    const scripts = seen.mock.calls.map(([command]) => command).filter(({ name }) => name.startsWith("eval"));
    expect(scripts).toHaveLength(1);
    expect(JSON.stringify(scripts[0]!.args).length).toBeLessThan(10_000);
  });

  test("is stored once when both are sent again after a connection broke", async () => {
    expect(await store.storeResult(ID, TOKEN, large, FACTS)).toBe("stored");
    expect(await store.storeResult(ID, TOKEN, large, FACTS)).toBe("stored");
    expect(await redis.getBuffer(keys.result(ID))).toEqual(large);
  });

  test.each([
    ["lost", () => redis.set(keys.queueLock(ID), "another worker's")],
    ["canceled", () => redis.hset(keys.endMark(ID), { failedReason: END_REASONS.canceled })],
  ])("that comes when its job is %s leaves nothing behind", async (outcome, happens) => {
    await happens();
    expect(await store.storeResult(ID, TOKEN, large, FACTS)).toBe(outcome);
    expect(await redis.exists(keys.result(ID))).toBe(0);
    expect(await drafts()).toEqual([]);
    expect(await redis.exists(keys.payload(ID))).toBe(1);
  });
});

test("only the holder of the job's lock may store its result", async () => {
  expect(await store.storeResult(ID, "another worker's", RESULT, FACTS)).toBe("lost");
  expect(await redis.exists(keys.result(ID))).toBe(0);
  expect(await redis.exists(keys.payload(ID))).toBe(1);
  await redis.del(keys.queueLock(ID));
  expect(await store.storeResult(ID, TOKEN, RESULT, FACTS)).toBe("lost");
});

describe.each(["canceled", "expired"] as const)("a job that was marked as %s", (code) => {
  beforeEach(() => redis.hset(keys.endMark(ID), { failedReason: END_REASONS[code] }));

  test("is not begun, and takes no result", async () => {
    expect(await store.begin(ID, false)).toBe(code);
    expect(await store.storeResult(ID, TOKEN, RESULT, FACTS)).toBe(code);
    expect(await redis.exists(keys.result(ID))).toBe(0);
    expect(await store.findEnded([ID, "job_2"])).toEqual([ID]);
  });
});

test("a job whose payload is gone is missing", async () => {
  await redis.del(keys.payload(ID));
  expect(await store.begin(ID, false)).toBe("missing");
});

test("a job that ended without a result keeps its metadata, counted, for as long as it is shown", async () => {
  await store.dropPayload(ID, FACTS);
  expect(await redis.exists(keys.payload(ID))).toBe(0);
  expect(await redis.pttl(keys.metadata(ID))).toBeLessThanOrEqual(RESULT_TTL_MS);
  expect(await storedBytes()).toBe(String(JOB_RECORD_BYTES + 2));
});

describe("a job that has its payload itself", () => {
  beforeEach(async () => {
    await redis.del(keys.payload(ID));
    const payload = { envelope: "{}", candidates: "[1]" };
    await redis.hset(keys.queueJob(ID), { data: JSON.stringify({ ...FACTS, payload }), atm: "1" });
    await redis.hset(keys.reservations, ID, `${Date.now() + 60_000}:0:`);
  });

  const whatIsLeft = async () => ({
    job: await redis.hgetall(keys.queueJob(ID)),
    reservations: await redis.exists(keys.reservations),
  });

  test("is begun without another", async () => {
    expect(await store.begin(ID, true)).toBe("inlined");
  });

  test.each([
    ["a result", () => store.storeResult(ID, TOKEN, RESULT, FACTS)],
    ["an end without one", () => store.dropPayload(ID, FACTS)],
    [
      "an end from outside while a worker has it",
      async () => {
        await redis.hset(keys.endMark(ID), { failedReason: END_REASONS.canceled });
        await store.dropPayload(ID, FACTS);
      },
    ],
  ])("keeps no text after %s, and no reservation", async (_, end) => {
    await end();
    expect(await whatIsLeft()).toEqual({ job: { data: JSON.stringify(FACTS), atm: "1" }, reservations: 0 });
  });

  test("is not made again by the end of its attempt when it is gone", async () => {
    await redis.del(keys.queueJob(ID));
    await store.dropPayload(ID, FACTS);
    expect(await whatIsLeft()).toEqual({ job: {}, reservations: 0 });
  });

  test("keeps its texts when it is another worker's by now", async () => {
    const before = await whatIsLeft();
    await store.storeResult(ID, "another worker's", RESULT, FACTS);
    expect(await whatIsLeft()).toEqual(before);
  });
});
