import { resultBytesMax } from "@semblance/shared/job/result-bytes";
import { DeliveryQueue } from "@semblance/shared/queue/delivery-queue";
import { ScoringQueue } from "@semblance/shared/queue/scoring-queue";
import { type RedisKeys, redisKeys } from "@semblance/shared/redis/keys";
import { JOB_RECORD_BYTES } from "@semblance/shared/store/ledger";
import type { Redis } from "ioredis";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from "vitest";
import { cancel, post, readProblem, readQueue, submit } from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { Admission, type AdmissionOptions, type AdmissionRequest } from "../src/admission/admission.ts";
import { recordName } from "../src/admission/idempotency-key.ts";
import { QueueMonitor } from "../src/queue/queue-monitor.ts";

const submission = { query: "a", candidates: ["b"] };
let redis: Redis;
let keyPrefix: string;
const apis: InProcessApi[] = [];

beforeAll(() => {
  redis = connectToRedis();
});
beforeEach(() => {
  keyPrefix = uniqueKeyPrefix();
});
afterEach(async () => {
  for (const api of apis.splice(0)) await api.close();
});
afterAll(() => redis.disconnect());

const start = async (env: Record<string, string>): Promise<InProcessApi> => {
  const api = await startInProcessApi({ REDIS_URL: redisUrl(), KEY_PREFIX: keyPrefix, ...env });
  apis.push(api);
  return api;
};

const statuses = async (responses: Promise<Response>[]) => {
  const counts = new Map<number, number>();
  for (const { status } of await Promise.all(responses)) counts.set(status, (counts.get(status) ?? 0) + 1);
  return Object.fromEntries(counts);
};

/** What the ledger has of a job. */
const storedBytes = async (id: string) =>
  Number((await redis.hget(redisKeys(keyPrefix).ledgerEntries, id))?.split(":")[0]);

const depth = async (api: InProcessApi) => (await readQueue(api.url)).depth;

describe("the cap on queue depth is exact", () => {
  test("whatever number of APIs admit at once", async () => {
    const env = { QUEUE_DEPTH_MAX: "50" };
    const both = [await start(env), await start(env)];
    const offered = Array.from({ length: 200 }, (_, index) => post(both[index % 2]!.url, submission));
    expect(await statuses(offered)).toEqual({ 202: 50, 503: 150 });
    expect(await redis.zcard(`${keyPrefix}:scoring:prioritized`)).toBe(50);
    expect(await depth(both[0]!)).toBe(50);
  });

  test("never refuses below it: every place that comes free is given away again", async () => {
    const api = await start({ QUEUE_DEPTH_MAX: "3" });
    const ids: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      while (ids.length < 3) ids.push((await submit(api.url, submission)).id);
      expect((await post(api.url, submission)).status).toBe(503);
      await cancel(api.url, ids.shift()!);
    }
  });

  test("a place that was taken up is no longer reserved", async () => {
    const api = await start({});
    for (let submitted = 0; submitted < 5; submitted += 1) await submit(api.url, submission);
    const { id } = await submit(api.url, submission);
    expect(await redis.hkeys(redisKeys(keyPrefix).reservations)).toEqual([id]);
  });

  test("a refusal says how deep the queue is, its limit, and when to come back", async () => {
    const api = await start({ QUEUE_DEPTH_MAX: "1" });
    await submit(api.url, submission);
    const response = await post(api.url, submission);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await readProblem(response)).toMatchObject({ type: "/problems/queue-full", depth: 1, limit: 1 });
  });

  test("an admission whose API died holds its place only until it lapses, and leaves nothing", async () => {
    const api = await start({ QUEUE_DEPTH_MAX: "1" });
    const lost = "job_lost";
    const keys = redisKeys(keyPrefix);
    await redis.hset(keys.reservations, lost, `${Date.now() + 60_000}:0:`);
    await redis.hset(keys.payload(lost), { envelope: "{}", candidates: "[]" });
    await redis.hset(keys.ledgerEntries, lost, "100000:open:default");
    await redis.set(keys.ledgerTotal, 100_000);
    expect((await post(api.url, submission)).status).toBe(503);

    await redis.hset(keys.reservations, lost, `${Date.now() - 1}:0:`);
    const { id } = await submit(api.url, submission);
    expect(await redis.exists(keys.payload(lost))).toBe(0);
    expect(await redis.hkeys(keys.ledgerEntries)).toEqual([id]);
    expect(Number(await redis.get(keys.ledgerTotal))).toBeLessThan(100_000);
  });
});

describe("stored bytes are bounded", () => {
  test("a submission beyond the bound is refused, and what ends makes room", async () => {
    const candidates = ["x".repeat(1_000)];
    const api = await start({ STORE_BYTES_MAX: String(3 * JOB_RECORD_BYTES + 2_500) });
    const first = await submit(api.url, { query: "a", candidates });
    await submit(api.url, { query: "a", candidates });
    const refused = await post(api.url, { query: "a", candidates });
    expect([refused.status, (await readProblem(refused)).type]).toEqual([503, "/problems/store-full"]);
    expect(await depth(api)).toBe(2);

    await cancel(api.url, first.id);
    await submit(api.url, { query: "a", candidates });
  });

  test("so that every result will have its room", async () => {
    const candidates = Array.from({ length: 1_000 }, () => "");
    const reserved = JOB_RECORD_BYTES + resultBytesMax(candidates.length, 0);
    const api = await start({ STORE_BYTES_MAX: String(2 * reserved - 1) });
    await submit(api.url, { query: "a", candidates });
    const refused = await post(api.url, { query: "a", candidates });
    expect((await readProblem(refused)).type).toBe("/problems/store-full");
    await submit(api.url, { query: "a", candidates, top_n: 10 });
  });

  test("with the ids that go back in it", async () => {
    const id = "x".repeat(256);
    const candidates = Array.from({ length: 100 }, () => ({ id, text: "" }));
    const api = await start({});
    const { id: jobId } = await submit(api.url, { query: "a", candidates });
    const reserved = resultBytesMax(100, 100 * (id.length + 2));
    expect(await storedBytes(jobId)).toBe(JOB_RECORD_BYTES + reserved);
  });

  test("a job that could never be stored is not told to come back", async () => {
    const api = await start({ STORE_BYTES_MAX: "5000" });
    const refused = await post(api.url, { query: "a", candidates: Array.from({ length: 100 }, () => "") });
    expect([refused.status, (await readProblem(refused)).errors?.[0]?.pointer]).toEqual([422, ""]);
    await submit(api.url, { query: "a", candidates: [""] });
  });

  test("however much has expired at once, it makes room at once", async () => {
    const api = await start({ STORE_BYTES_MAX: "1000000" });
    const keys = redisKeys(keyPrefix);
    const gone = Array.from({ length: 490 }, (_, index) => `job_gone_${index}`);
    for (const id of gone) {
      await redis.hset(keys.ledgerEntries, id, `${JOB_RECORD_BYTES}:ended:default`);
      await redis.zadd(keys.ledgerExpiries, Date.now() - 1, id);
      await redis.incrby(keys.ledgerTotal, JOB_RECORD_BYTES);
    }
    await submit(api.url, {
      query: "a",
      candidates: ["x".repeat(60_000), ...Array(14).fill("x".repeat(60_000))],
    });
  });

  test("what has expired by itself no longer counts", async () => {
    const api = await start({});
    const keys = redisKeys(keyPrefix);
    // In one step, for the API sweeps the ledger meanwhile.
    await redis
      .multi()
      .hset(keys.ledgerEntries, "job_gone", "100000:ended:default")
      .zadd(keys.ledgerExpiries, Date.now() - 1, "job_gone")
      .set(keys.ledgerTotal, 100_000)
      .exec();
    const { id } = await submit(api.url, submission);
    expect(await redis.hkeys(keys.ledgerEntries)).toEqual([id]);
    expect(Number(await redis.get(keys.ledgerTotal))).toBeLessThan(100_000);
  });

  test.each([
    ["inside of its job", 1_000],
    ["beside it", 10_000],
  ])("the ledger is the sum of what is there, the payload %s", async (_, length) => {
    const api = await start({});
    const candidates = ["x".repeat(length)];
    const { id } = await submit(api.url, { query: "a", candidates, metadata: { order: "1" } });
    const { envelope = "", candidates: array = "" } = await redis.hgetall(`${keyPrefix}:payload:${id}`);
    const { payload } = JSON.parse((await redis.hget(`${keyPrefix}:scoring:${id}`, "data"))!);
    const payloadBytes = payload ? JSON.stringify(payload).length : envelope.length + array.length;
    const metadata = await redis.get(`${keyPrefix}:metadata:${id}`);
    const bytes = JOB_RECORD_BYTES + payloadBytes + metadata!.length;
    expect(bytes).toBeGreaterThan(JOB_RECORD_BYTES + length);
    expect(await redis.get(redisKeys(keyPrefix).ledgerTotal)).toBe(String(bytes));
    expect(await storedBytes(id)).toBe(bytes);
  });
});

const openAdmission = (
  options: Pick<Partial<AdmissionOptions>, "queueDepthMax" | "storeBytesMax"> & { now?: () => number },
) => {
  const keys = redisKeys(keyPrefix);
  const onError = (error: Error) => expect.fail(error.message);
  const queue = new ScoringQueue({ redis, keyPrefix, resultTtlMs: 1_000, onError });
  onTestFinished(() => queue.close());
  const deliveries = new DeliveryQueue({ redis, keyPrefix, onError });
  onTestFinished(() => deliveries.close());
  const monitor = new QueueMonitor(redis, keys);
  const admission = new Admission({
    redis,
    keys,
    queue,
    monitor,
    queueDepthMax: 10,
    storeBytesMax: 1_000_000,
    tenantLimits: () => ({ jobsMax: 10, bytesMax: 1_000_000 }),
    deliveries,
    webhookResultBytesMax: 16_384,
    deliveryTtlMs: 60_000,
    replicaWait: null,
    ...options,
  });
  return { admission, keys, queue };
};

const request: AdmissionRequest = {
  id: "job_late",
  facts: { v: 1, tenant: "t", metric: "ratio", candidateCount: 1, timeoutMs: 100, startBeforeMs: Date.now() },
  createdAtMs: Date.now(),
  envelope: "{}",
  candidates: Buffer.from("[]"),
  metadata: "",
  resultBytesMax: 0,
  priority: "normal",
  webhook: null,
  idempotency: null,
};

test("a process that stalls between admission and add gives the job up, and nothing stays of it", async () => {
  const times = [0, 25_001];
  const { admission, keys } = openAdmission({ now: () => times.shift()! });
  await expect(admission.take(request)).rejects.toMatchObject({ slug: "store-unavailable" });
  expect(await redis.zcard(keys.queuePrioritized)).toBe(0);
  await eventually("what was reserved is free", async () =>
    (await redis.exists(keys.payload("job_late"), keys.reservations)) === 0 ? true : undefined,
  );
  expect(await redis.get(keys.ledgerTotal)).toBe("0");
});

test("an admission whose answer was lost is taken back: it holds no place", async () => {
  const { admission, keys } = openAdmission({});
  const send = redis.sendCommand.bind(redis);
  const sent = vi.spyOn(redis, "sendCommand").mockImplementationOnce(async (...args) => {
    await send(...args);
    throw new Error("Command timed out");
  });
  onTestFinished(() => sent.mockRestore());
  const requests = Array.from({ length: 5 }, (_, index) => ({ ...request, id: `job_${index}` }));
  const taken = await admission.takeAll(requests);
  expect(taken.map((one) => one instanceof Error && one.message)).toEqual(Array(5).fill("Command timed out"));
  await eventually("nothing is reserved", async () =>
    (await redis.exists(keys.reservations)) === 0 ? true : undefined,
  );
  expect(await redis.get(keys.ledgerTotal)).toBe("0");
});

test("however many reservations are done, the next admission clears them", async () => {
  const { admission, keys } = openAdmission({});
  const pipeline = redis.pipeline();
  for (let index = 0; index < 9_000; index += 1) {
    pipeline.hset(keys.reservations, `job_${index}`, `${Date.now() + 20_000}:0:`);
    pipeline.hset(keys.queueJob(`job_${index}`), "priority", "1");
  }
  await pipeline.exec();
  expect(await admission.take(request)).toEqual({ id: request.id, isReplay: false });
  expect(await redis.hkeys(keys.reservations)).toEqual([request.id]);
});

describe("an add whose answer was lost", () => {
  const takeInVain = async (happens: (keys: RedisKeys) => Promise<unknown>) => {
    const { admission, keys, queue } = openAdmission({});
    const add = queue.add.bind(queue);
    vi.spyOn(queue, "add").mockImplementationOnce(async (...args) => {
      await add(...args);
      await happens(keys);
      throw new Error("timed out");
    });
    const abandoned = vi.spyOn(queue, "remove");
    await expect(admission.take(request)).rejects.toThrow("timed out");
    await eventually("it was seen to", () => (abandoned.mock.settledResults.length > 0 ? true : undefined));
    return keys;
  };

  test("is undone: nobody scores what was refused", async () => {
    const keys = await takeInVain(async () => undefined);
    await eventually("nothing is counted", async () =>
      (await redis.get(keys.ledgerTotal)) === "0" ? true : undefined,
    );
    expect(await redis.exists(keys.queuePrioritized, keys.queueJob(request.id), keys.reservations)).toBe(0);
  });

  const idempotency = { key: "k", bodyHash: "h" };

  test("stays as it is under a key: whoever sends it again finds the job", async () => {
    const { admission, keys, queue } = openAdmission({});
    const add = queue.add.bind(queue);
    vi.spyOn(queue, "add").mockImplementationOnce(async (...args) => {
      await add(...args);
      throw new Error("timed out");
    });
    await expect(admission.take({ ...request, idempotency })).rejects.toThrow("timed out");
    expect(await admission.take({ ...request, id: "job_again", idempotency })).toEqual({
      id: request.id,
      isReplay: true,
    });
    expect(await redis.zrange(keys.queuePrioritized, "0", "-1")).toEqual([request.id]);
  });

  test("holds up nobody: what is to be undone is not waited for", async () => {
    const { admission, queue } = openAdmission({});
    vi.spyOn(queue, "add").mockRejectedValueOnce(new Error("timed out"));
    vi.spyOn(queue, "remove").mockReturnValue(new Promise(() => undefined));
    await expect(admission.take(request)).rejects.toThrow("timed out");
  });

  test("that was not done leaves its key free", async () => {
    const { admission, keys, queue } = openAdmission({});
    vi.spyOn(queue, "add").mockRejectedValueOnce(new Error("timed out"));
    await expect(admission.take({ ...request, idempotency })).rejects.toThrow("timed out");
    const name = recordName(request.facts.tenant, idempotency.key);
    await eventually("the key is free", async () =>
      (await redis.exists(keys.idempotency(name))) === 0 ? true : undefined,
    );
    expect(await redis.get(keys.ledgerTotal)).toBe("0");
  });

  test("stays as it is when a worker has the job by now", async () => {
    const hold = (keys: RedisKeys) => redis.set(keys.queueLock(request.id), "a worker's");
    const keys = await takeInVain(hold);
    expect(await redis.ping()).toBe("PONG");
    expect(await redis.exists(keys.queueJob(request.id))).toBe(1);
    expect(Number(await redis.get(keys.ledgerTotal))).toBeGreaterThan(0);
  });
});

test("what is counted of a job that there is no more is found, whatever crash left it", async () => {
  const keys = redisKeys(keyPrefix);
  const api = await startInProcessApi({ REDIS_URL: redisUrl(), KEY_PREFIX: keyPrefix });
  apis.push(api);
  const large = { ...submission, candidates: ["x".repeat(20_000)], metadata: { order: "1" } };
  const [lost, kept] = [await submit(api.url, large), await submit(api.url, submission)];
  await redis.zrem(keys.queuePrioritized, lost.id);
  await redis.del(keys.queueJob(lost.id));
  // Else it is still on its way into the queue.
  await redis.hdel(keys.reservations, lost.id);
  await eventually("it is found", async () =>
    (await redis.hexists(keys.ledgerEntries, lost.id)) === 0 ? true : undefined,
  );
  expect(await redis.exists(keys.payload(lost.id), keys.metadata(lost.id))).toBe(0);
  expect(await redis.hkeys(keys.ledgerEntries)).toEqual([kept.id]);
  expect(await storedBytes(kept.id)).toBe(Number(await redis.get(keys.ledgerTotal)));
});

test("a job that ended while that could not be noted holds none of its tenant's places for long", async () => {
  const keys = redisKeys(keyPrefix);
  const api = await start({ TENANT_JOBS_MAX: "1" });
  const { id } = await submit(api.url, submission);
  expect((await post(api.url, submission)).status).toBe(429);
  await redis.zrem(keys.queuePrioritized, id);
  await redis.hset(keys.queueJob(id), { finishedOn: Date.now(), failedReason: "crashed: it did" });
  await eventually("another one is accepted", async () =>
    (await post(api.url, submission)).status === 202 ? true : undefined,
  );
});

test.each([
  ["queue-full", { queueDepthMax: 0 }],
  ["store-full", { storeBytesMax: 102_500 }],
])("a large payload that is refused as %s was not sent to Redis", async (slug, limits) => {
  const { admission, keys } = openAdmission(limits);
  // Less than its record is taken already.
  await redis.set(keys.ledgerTotal, 1_000);
  const sent = vi.spyOn(redis, "sendCommand");
  onTestFinished(() => sent.mockRestore());
  const candidates = Buffer.alloc(100_000, " ");
  await expect(admission.take({ ...request, candidates })).rejects.toMatchObject({ slug });
  expect(sent).toHaveBeenCalled();
  for (const [command] of sent.mock.calls) expect(command.args.some(Buffer.isBuffer)).toBe(false);
});
