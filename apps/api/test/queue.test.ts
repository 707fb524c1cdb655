import type { ServerResponse } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { json, post, readQueue, submit, waitForEnd } from "../../../test/support/client.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { startInProcessApi } from "../../../test/support/in-process-api.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { misdeed } from "../../../test/support/misdeeds.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { startWebhookSystem } from "../../../test/support/webhook-system.ts";

const MISBEHAVING = new URL("../../../test/support/misbehaving-processor.ts", import.meta.url);
const submission = { query: "a", candidates: ["b"] };
const NOTHING = { refused: 0, timed_out: 0, crashed: 0, out_of_memory: 0, delivered: 0, undelivered: 0 };

const ownEnv = () => ({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() });

const startApi = async (env: Record<string, string>) => {
  const api = await startInProcessApi(env);
  onTestFinished(() => api.close());
  return api;
};

test("what is stored is told beside its limit", async () => {
  const { url } = await startApi({ ...ownEnv(), STORE_BYTES_MAX: "5000000" });
  expect((await readQueue(url)).store).toEqual({ bytes: 0, limit: 5_000_000 });
  await submit(url, submission);
  const { bytes } = (await readQueue(url)).store;
  expect(bytes).toBeGreaterThan(0);
  await submit(url, submission);
  expect((await readQueue(url)).store.bytes).toBe(2 * bytes);
});

test("workers' threads are summed up for as long as they take jobs", async () => {
  const env = ownEnv();
  const { url } = await startApi(env);
  const [two, three] = await Promise.all(
    ["2", "3"].map((threads) => startInProcessWorker({ ...env, WORKER_CONCURRENCY: threads })),
  );
  await eventually("both take jobs", async () => ((await readQueue(url)).workers === 2 ? true : undefined));
  expect(await readQueue(url)).toMatchObject({ threads: 5, breakers_open: 0 });
  await two!.close();
  expect(await readQueue(url)).toMatchObject({ workers: 1, threads: 3 });
  await three!.close();
  expect(await readQueue(url)).toMatchObject({ workers: 0, threads: 0 });
});

test("submissions refused for want of room are counted of all APIs, also when these end, and no others", async () => {
  const env = { ...ownEnv(), TENANT_JOBS_MAX: "2" };
  const roomy = await startInProcessApi(env);
  const full = await startInProcessApi({ ...env, QUEUE_DEPTH_MAX: "1" });
  const tight = await startInProcessApi({ ...env, STORE_BYTES_MAX: "4000" });
  expect((await post(roomy.url, { ...submission, query: "" })).status).toBe(422);
  await submit(roomy.url, submission);
  expect((await post(full.url, submission)).status).toBe(503);
  const batch = await fetch(`${full.url}/v1/jobs/batch`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ jobs: [submission, submission] }),
  });
  expect((await json<{ items: { status: number }[] }>(batch)).items).toMatchObject([
    { status: 503 },
    { status: 503 },
  ]);
  expect((await post(tight.url, submission)).status).toBe(503);
  await submit(roomy.url, submission);
  expect((await post(roomy.url, submission)).status).toBe(429);
  await Promise.all([roomy, full, tight].map((api) => api.close()));
  const { url } = await startApi(env);
  expect((await readQueue(url)).totals).toEqual({ ...NOTHING, refused: 4 });
});

test("they are told of while the API runs", async () => {
  const { url } = await startApi({ ...ownEnv(), QUEUE_DEPTH_MAX: "1" });
  await submit(url, submission);
  expect((await post(url, submission)).status).toBe(503);
  await eventually("the refusal", async () => (await readQueue(url)).totals.refused === 1 || undefined);
});

test("how attempts failed is counted, each of them", async () => {
  const env = { ...ownEnv(), JOB_ATTEMPTS: "2" };
  const { url } = await startApi(env);
  const worker = await startInProcessWorker(env, MISBEHAVING);
  const submissions = [
    misdeed("none"),
    misdeed("exits"),
    misdeed("runs out of memory"),
    misdeed("waits for what never comes", { timeout_ms: 100 }),
    misdeed("throws what quotes a text"),
  ];
  for (const { id } of await Promise.all(submissions.map((one) => submit(url, one))))
    await waitForEnd(url, id);
  await worker.close();
  expect((await readQueue(url)).totals).toEqual({ ...NOTHING, crashed: 2, out_of_memory: 2, timed_out: 1 });
});

test("webhooks are told of while they wait and are sent, and counted when they are taken or given up", async () => {
  const asked: ServerResponse[] = [];
  const { receiver, url, startWorker } = await startWebhookSystem({
    env: { WEBHOOK_SCHEDULE: "0s,1h" },
    answer: (_, response) => asked.push(response),
  });
  const worker = await startWorker();
  const send = async (status: number) => {
    await submit(url, { ...submission, webhook: { url: receiver.url } });
    const response = await eventually("it is being sent", () => asked.pop());
    expect((await readQueue(url)).deliveries.sending).toBe(1);
    response.writeHead(status).end();
    await eventually("it is not any more", async () =>
      (await readQueue(url)).deliveries.sending === 0 ? true : undefined,
    );
  };
  await send(204);
  // It wants no more of it.
  await send(410);
  await send(500);
  expect((await readQueue(url)).deliveries).toEqual({ waiting: 1, sending: 0 });
  await worker.close();
  expect((await readQueue(url)).totals).toEqual({ ...NOTHING, delivered: 1, undelivered: 1 });
});
