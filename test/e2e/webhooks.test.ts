import { Webhook } from "standardwebhooks";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { cancel, json, read, submit, waitForEnd } from "../support/client.ts";
import { connectToRedis } from "../support/connect-to-redis.ts";
import { eventually } from "../support/eventually.ts";
import { misdeed } from "../support/misdeeds.ts";
import type { WebhookReceiver } from "../support/webhook-receiver.ts";
import { MASTER_SECRET } from "../support/webhook-secret.ts";
import { startWebhookSystem } from "../support/webhook-system.ts";

const MISBEHAVING = new URL("../support/misbehaving-processor.ts", import.meta.url);
const small = { query: "abc", candidates: ["abd", { id: "b", text: "xyz" }] };

const firstOf = ({ received }: WebhookReceiver) => eventually("a webhook", () => received[0]);

describe("a webhook tells of a job that", () => {
  test("succeeded, with its result", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem({
      env: { PUBLIC_URL: "https://scores.example.com/" },
    });
    await startWorker();
    const { id } = await submit(url, { ...small, metadata: { order: "7" }, webhook: { url: receiver.url } });
    const webhook = await firstOf(receiver);
    const { result, ...job } = await read(url, id);
    expect(webhook.message).toEqual({
      type: "job.succeeded",
      timestamp: job.finished_at,
      data: { ...job, result, result_included: true },
    });
    expect(job.urls.self).toBe(`https://scores.example.com/v1/jobs/${id}`);
    expect(webhook.id).toBe(id.replace("job_", "dlv_"));
    expect(webhook.headers["content-type"]).toBe("application/json");
  });

  test("succeeded, and leaves a large result to be fetched", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem({
      env: { WEBHOOK_RESULT_BYTES_MAX: "100" },
    });
    await startWorker();
    await submit(url, { ...small, webhook: { url: receiver.url } });
    const { data } = (await firstOf(receiver)).message;
    expect(data).toMatchObject({ status: "succeeded", result_included: false });
    expect(data).not.toHaveProperty("result");
  });

  test("failed", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem({ processor: MISBEHAVING });
    await startWorker();
    const submission = misdeed("waits for what never comes", { timeout_ms: 100 });
    const { id } = await submit(url, { ...submission, webhook: { url: receiver.url } });
    const { message } = await firstOf(receiver);
    const { result, ...job } = await read(url, id);
    expect(message).toEqual({
      type: "job.failed",
      timestamp: job.finished_at,
      data: { ...job, result_included: false },
    });
    expect(job.error?.code).toBe("timed_out");
  });

  test("was canceled while it waited", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem();
    const { id } = await submit(url, { ...small, webhook: { url: receiver.url } });
    expect((await cancel(url, id)).status).toBe(200);
    await startWorker();
    expect((await firstOf(receiver)).message).toMatchObject({
      type: "job.canceled",
      data: { id, status: "canceled" },
    });
  });

  test("was canceled while it ran", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem({ processor: MISBEHAVING });
    await startWorker();
    const { id } = await submit(url, { ...misdeed("spins in JavaScript"), webhook: { url: receiver.url } });
    await eventually("its start", async () =>
      (await read(url, id)).status === "running" ? true : undefined,
    );
    expect((await cancel(url, id)).status).toBe(200);
    expect((await firstOf(receiver)).message).toMatchObject({
      type: "job.canceled",
      data: { id, status: "canceled" },
    });
  });

  test("expired", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem();
    const { id } = await submit(url, { ...small, expires_in_ms: 1_000, webhook: { url: receiver.url } });
    await waitForEnd(url, id);
    await startWorker();
    expect((await firstOf(receiver)).message).toMatchObject({
      type: "job.expired",
      data: { id, status: "expired" },
    });
  });
});

test("an end that nobody wants to hear of is not told", async () => {
  const { receiver, url, startWorker } = await startWebhookSystem();
  await startWorker();
  const silent = await submit(url, {
    ...small,
    webhook: { url: receiver.url, events: ["job.failed", "job.canceled"] },
  });
  await waitForEnd(url, silent.id);
  const told = await submit(url, { ...small, webhook: { url: receiver.url, events: ["job.succeeded"] } });
  expect((await firstOf(receiver)).message.data.id).toBe(told.id);
  expect(receiver.received).toHaveLength(1);
});

test("a webhook can be asked for although Redis has forgotten every script", async () => {
  const { receiver, url, startWorker } = await startWebhookSystem();
  const redis = connectToRedis();
  await submit(url, { ...small, webhook: { url: receiver.url } });
  await redis.script("FLUSH");
  redis.disconnect();
  await submit(url, { ...small, webhook: { url: receiver.url } });
  await startWorker();
  await eventually("both webhooks", () => (receiver.received.length === 2 ? true : undefined));
});

test("a webhook is signed by what its tenant is shown, under either master while one is replaced, and at each attempt anew", async () => {
  const next = `whsec_${Buffer.from("another master secret of tests").toString("base64")}`;
  const statuses = [500, 204];
  const { receiver, url, startWorker } = await startWebhookSystem({
    env: {
      WEBHOOK_MASTER_SECRET: next,
      WEBHOOK_MASTER_SECRET_PREVIOUS: MASTER_SECRET,
      WEBHOOK_SCHEDULE: "0s,1s",
    },
    answer: (_, response) => response.writeHead(statuses.shift()!).end(),
  });
  const readSecrets = async (path: string, method = "GET") =>
    (await json<{ secrets: string[] }>(fetch(`${url}/v1/webhooks/${path}`, { method }))).secrets;
  const before = await readSecrets("secret");
  const after = await readSecrets("secret/rotate", "POST");
  expect(after).toHaveLength(4);
  expect(after).toEqual(expect.arrayContaining(before));
  await startWorker();
  await submit(url, { ...small, webhook: { url: receiver.url } });
  await eventually("both attempts", () => (receiver.received.length === 2 ? true : undefined));

  for (const { body, headers, message } of receiver.received) {
    for (const secret of after) expect(new Webhook(secret).verify(body, headers)).toEqual(message);
    expect(() => new Webhook(MASTER_SECRET).verify(body, headers)).toThrow();
    expect(() => new Webhook(after[0]!).verify(`${body} `, headers)).toThrow();
  }
  const [first, second] = receiver.received.map(({ headers }) => headers);
  expect(second!["webhook-id"]).toBe(first!["webhook-id"]);
  expect(Number(second!["webhook-timestamp"])).toBeGreaterThan(Number(first!["webhook-timestamp"]));
  // What is stale is refused, whoever signed it.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 301_000 });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  expect(() => new Webhook(after[0]!).verify(receiver.received[1]!.body, second!)).toThrow();
});
