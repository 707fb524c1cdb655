import { redisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { cancel, json, post, read, readProblem, submit, waitForEnd } from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { startOwnApi } from "../../../test/support/own-api.ts";
import { MASTER_SECRET } from "../../../test/support/webhook-secret.ts";
import { startWebhookSystem } from "../../../test/support/webhook-system.ts";

const small = { query: "a", candidates: ["b"] };
const withWebhook = (webhook: unknown) => ({ ...small, webhook });
let redis: Redis;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(() => redis.disconnect());

const pointersOf = async (response: Response) => {
  const problem = await readProblem(response);
  expect(problem).toMatchObject({ status: 422, type: "/problems/invalid-request" });
  return problem.errors!.map(({ pointer }) => pointer);
};

const readStored = async (prefix: string) => {
  const keys = redisKeys(prefix);
  const entries = await redis.hgetall(keys.ledgerEntries);
  const bytes = Object.values(entries).reduce((sum, entry) => sum + Number.parseInt(entry, 10), 0);
  const use = await redis.hget(keys.tenantUse, "bytes:default");
  return {
    entries: Object.keys(entries),
    bytes,
    total: Number(await redis.get(keys.ledgerTotal)),
    use: Number(use),
  };
};

describe("a webhook", () => {
  test.each([
    ["that is no object", "https://example.com/", ["/webhook"]],
    ["without a URL", {}, ["/webhook/url"]],
    ["whose URL is none", { url: "example.com" }, ["/webhook/url"]],
    ["at a loopback address", { url: "https://127.0.0.1/" }, ["/webhook/url"]],
    ["without TLS", { url: "http://example.com/" }, ["/webhook/url"]],
    ["whose URL is too long", { url: `https://example.com/${"a".repeat(2_100)}` }, ["/webhook/url"]],
    ["for no event", { url: "https://example.com/", events: [] }, ["/webhook/events"]],
    [
      "for an event that there is not",
      { url: "https://example.com/", events: ["job.succeeded", "job.done"] },
      ["/webhook/events/1"],
    ],
    ["with a field that there is not", { url: "https://example.com/", secret: "x" }, ["/webhook/secret"]],
  ])("%s is refused, and the place named", async (_, webhook, pointers) => {
    const { url } = await startOwnApi({ WEBHOOK_MASTER_SECRET: MASTER_SECRET });
    expect(await pointersOf(await post(url, withWebhook(webhook)))).toEqual(pointers);
  });

  test("whose URL has two megabytes is refused with its submission", async () => {
    const { url } = await startOwnApi({ WEBHOOK_MASTER_SECRET: MASTER_SECRET });
    const webhook = { url: `https://example.com/${"a".repeat(2_000_000)}` };
    expect(await pointersOf(await post(url, withWebhook(webhook)))).toEqual([""]);
  });

  test("is refused where nothing can sign it", async () => {
    const { url } = await startOwnApi();
    const response = await post(url, withWebhook({ url: "https://example.com/" }));
    expect(await readProblem(response)).toMatchObject({
      status: 422,
      errors: [{ pointer: "/webhook", detail: expect.stringContaining("WEBHOOK_MASTER_SECRET") }],
    });
  });

  test("of a batch is each job's own", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem();
    const response = await fetch(`${url}/v1/jobs/batch`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        jobs: [
          withWebhook({ url: receiver.url }),
          small,
          withWebhook({ url: "https://10.0.0.1/" }),
          withWebhook({ url: `${receiver.url}?2` }),
        ],
      }),
    });
    const { items } = await json<{ items: { status: number; job?: { id: string } }[] }>(response);
    expect(items.map(({ status }) => status)).toEqual([202, 202, 422, 202]);
    await startWorker();
    await eventually("both webhooks", () => (receiver.received.length === 2 ? true : undefined));
    const told = receiver.received.map(({ message }) => message.data.id).toSorted();
    expect(told).toEqual([items[0]!.job!.id, items[3]!.job!.id].toSorted());
  });

  test("goes with the job that an idempotency key stands for, once", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem();
    const submission = withWebhook({ url: receiver.url });
    const headers = { "Idempotency-Key": "k" };
    const first = await json<{ id: string }>(post(url, submission, headers));
    const second = await post(url, submission, headers);
    expect(second.status).toBe(200);
    await startWorker();
    await waitForEnd(url, first.id);
    const other = await submit(url, submission);
    await eventually("the other's", () =>
      receiver.received.find(({ message }) => message.data.id === other.id),
    );
    expect(receiver.received.filter(({ message }) => message.data.id === first.id)).toHaveLength(1);
  });
});

describe("what a webhook takes of the store", () => {
  test("is set aside when its job is accepted, and given back when both are deleted", async () => {
    const { receiver, url, env, startWorker } = await startWebhookSystem();
    await startWorker();
    const { id } = await submit(url, withWebhook({ url: receiver.url }));
    const delivery = id.replace("job_", "dlv_");
    const accepted = await readStored(env.KEY_PREFIX);
    expect(accepted.entries.toSorted()).toEqual([delivery, id].toSorted());
    await eventually("the webhook", () => receiver.received[0]);
    await waitForEnd(url, id);
    const keys = redisKeys(env.KEY_PREFIX);
    await eventually("its record", async () =>
      (await redis.hget(keys.delivery(delivery), "status")) === "succeeded" ? true : undefined,
    );
    const delivered = await readStored(env.KEY_PREFIX);
    expect(delivered.bytes).toBeGreaterThan(0);
    expect([delivered.total, delivered.use]).toEqual([delivered.bytes, delivered.bytes]);
    expect(delivered.bytes).toBeLessThan(accepted.bytes);

    expect((await fetch(`${url}/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
    expect(await readStored(env.KEY_PREFIX)).toEqual({ entries: [], bytes: 0, total: 0, use: 0 });
    expect(await redis.exists(keys.deliveryAttempts(delivery))).toBe(0);
  });

  test("is about what it takes in Redis", async () => {
    const { receiver, url, env, startWorker } = await startWebhookSystem({
      answer: (_, response) => response.writeHead(404).end("x".repeat(2_000)),
    });
    await startWorker();
    const keys = redisKeys(env.KEY_PREFIX);
    const metadata = Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [`key-${index}`, "v".repeat(200)]),
    );
    const candidates = Array.from({ length: 100 }, (_, index) => `candidate ${index}`);
    const { id } = await submit(url, { query: "a", candidates, metadata, webhook: { url: receiver.url } });
    const delivery = id.replace("job_", "dlv_");
    await eventually("its attempt", async () =>
      (await redis.llen(keys.deliveryAttempts(delivery))) === 1 ? true : undefined,
    );
    const mine = (await redis.keys(`${env.KEY_PREFIX}:*`)).filter(
      (key) => key.includes(delivery) && !key.endsWith(":lock"),
    );
    const sizes = await Promise.all(mine.map((key) => redis.call("MEMORY", "USAGE", key, "SAMPLES", "0")));
    const used = (sizes as number[]).reduce((sum, size) => sum + size, 0);
    const counted = Number.parseInt((await redis.hget(keys.ledgerEntries, delivery))!, 10);
    // Redis' allocator rounds long strings up by some percent.
    expect(counted).toBeGreaterThan(0.9 * used);
    expect(counted).toBeLessThan(1.3 * used);
  });

  test("is given back when nobody wants to hear of how the job ended", async () => {
    const { receiver, url, env, startWorker } = await startWebhookSystem();
    await startWorker();
    const { id } = await submit(url, withWebhook({ url: receiver.url, events: ["job.failed"] }));
    await waitForEnd(url, id);
    await eventually("its entry gone", async () =>
      (await readStored(env.KEY_PREFIX)).entries.join() === id ? true : undefined,
    );
  });

  test("is held against the limit", async () => {
    const { receiver, url } = await startWebhookSystem({ env: { STORE_BYTES_MAX: "9000" } });
    await submit(url, small);
    const refused = await post(url, withWebhook({ url: receiver.url }));
    expect(await readProblem(refused)).toMatchObject({ status: 503, type: "/problems/store-full" });
    await submit(url, small);
  });
});

test("a job deleted before its webhook was made is not told of", async () => {
  const { receiver, url, env, startWorker } = await startWebhookSystem();
  const { id } = await submit(url, withWebhook({ url: receiver.url }));
  await cancel(url, id);
  expect((await fetch(`${url}/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
  const keys = redisKeys(env.KEY_PREFIX);
  expect(await redis.keys(`${keys.deliveryJob("")}dlv_*`)).toEqual([]);
  await startWorker();
  const other = await submit(url, withWebhook({ url: receiver.url }));
  const [first] = await eventually("a webhook", () =>
    receiver.received.length > 0 ? receiver.received : undefined,
  );
  expect(first!.message.data.id).toBe(other.id);
});

/** Has jobs run, and leaves their webhooks to others, for it cannot sign them. */
const startWorkerThatCannotSign = async (env: Record<string, string>) => {
  const worker = await startInProcessWorker({ ...env, WEBHOOK_MASTER_SECRET: "" });
  onTestFinished(() => worker.close());
};

test("a job deleted while a worker has its delivery, and has not made the message, is not told of", async () => {
  const { receiver, url, env, startWorker } = await startWebhookSystem();
  const keys = redisKeys(env.KEY_PREFIX);
  await startWorkerThatCannotSign(env);
  const { id } = await submit(url, withWebhook({ url: receiver.url }));
  await waitForEnd(url, id);
  const lock = `${keys.deliveryJob(id.replace("job_", "dlv_"))}:lock`;
  await redis.set(lock, "held by a worker that does not come to it");
  expect((await fetch(`${url}/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
  await redis.del(lock);
  await startWorker();
  const other = await submit(url, withWebhook({ url: receiver.url }));
  await eventually("the other's", () =>
    receiver.received.find(({ message }) => message.data.id === other.id),
  );
  await eventually("the end of both deliveries", async () =>
    (await redis.keys(keys.deliveryJob("dlv_*"))).length === 0 ? true : undefined,
  );
  expect(receiver.received).toHaveLength(1);
});

test("a webhook is sent although its job is no longer kept when a worker comes to it", async () => {
  const { receiver, url, env, startWorker } = await startWebhookSystem();
  const keys = redisKeys(env.KEY_PREFIX);
  await startWorkerThatCannotSign(env);
  const { id } = await submit(url, { ...withWebhook({ url: receiver.url }), metadata: { order: "7" } });
  const job = await waitForEnd(url, id);
  expect(job.status).toBe("succeeded");
  await redis.del(keys.queueJob(id), keys.result(id), keys.metadata(id));
  await startWorker();
  const { message } = await eventually("the webhook", () => receiver.received[0]);
  expect(message).toMatchObject({
    type: "job.succeeded",
    data: {
      id,
      status: "succeeded",
      metadata: { order: "7" },
      created_at: job.created_at,
      result_included: false,
    },
  });
  await expect(read(url, id)).rejects.toThrow("404");
});
