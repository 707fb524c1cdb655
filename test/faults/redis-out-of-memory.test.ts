import { expect, onTestFinished, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { cancel, json, post, read, readProblem, submit, waitFor, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { misdeed } from "../support/misdeeds.ts";
import { createOwnRedis } from "../support/own-redis.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";
import { MASTER_SECRET } from "../support/webhook-secret.ts";

const redis = createOwnRedis();
const fleet = createAppFleet(redis.url);

const LIMITS = { WORKER_CONCURRENCY: "2", LOCK_MS: "10000", STALLED_CHECK_MS: "500" };

test("a Redis out of memory refuses new jobs, and what runs still ends, as itself and at its first attempt", {
  timeout: 120_000,
}, async () => {
  const api = await fleet.startApi();
  await fleet.startMisbehavingWorker(LIMITS);
  const good = await submit(api.url, misdeed("none, for a second"));
  const bad = await submit(api.url, misdeed("spins in JavaScript", { timeout_ms: 1_000 }));
  for (const { id } of [good, bad]) await waitFor(api.url, id, (job) => job.status === "running");
  const waiting = await submit(api.url, misdeed("none"));
  await redis.fill();
  expect(await readProblem(await post(api.url, misdeed("none")))).toMatchObject({
    status: 503,
    type: "/problems/store-unavailable",
  });
  // What frees memory is not refused.
  expect(await json(cancel(api.url, waiting.id))).toMatchObject({ status: "canceled" });
  expect(await waitForEnd(api.url, good.id)).toMatchObject({ status: "succeeded", attempts: 1 });
  expect(await waitForEnd(api.url, bad.id)).toMatchObject({ attempts: 1, error: { code: "timed_out" } });

  await redis.drain();
  const next = await submit(api.url, misdeed("none"));
  expect(await waitForEnd(api.url, next.id, 60_000)).toMatchObject({ status: "succeeded" });
});

test("a worker does not storm a Redis that has no memory to give it a job", {
  timeout: 120_000,
}, async () => {
  const READS = 200;
  const api = await fleet.startApi();
  const waiting = await Promise.all(Array.from({ length: 20 }, () => submit(api.url, misdeed("none"))));
  await redis.fill();
  await fleet.startMisbehavingWorker(LIMITS);

  // While this test reads a job so often, at a handful of commands each, the worker asks for one now and then.
  const before = await redis.countCommands();
  for (let count = 0; count < READS; count += 1) await read(api.url, waiting[0]!.id);
  expect((await redis.countCommands()) - before).toBeLessThan(READS * 10);

  await redis.drain();
  for (const { id } of waiting) {
    expect(await waitForEnd(api.url, id, 60_000)).toMatchObject({ status: "succeeded", attempts: 1 });
  }
});

test("a Redis out of memory delays webhooks, and costs none", {
  timeout: 120_000,
}, async () => {
  const receiver = await startWebhookReceiver();
  onTestFinished(() => receiver.close());
  const webhooks = { WEBHOOK_MASTER_SECRET: MASTER_SECRET, WEBHOOK_ALLOW_HOSTS: receiver.host };
  const api = await fleet.startApi(webhooks);
  await fleet.startMisbehavingWorker({ ...LIMITS, ...webhooks });
  const webhook = { url: receiver.url };
  const running = await submit(api.url, misdeed("none, for a second", { webhook }));
  await waitFor(api.url, running.id, (job) => job.status === "running");
  const waiting = await submit(api.url, misdeed("waits for what never comes", { webhook }));
  await redis.fill();
  expect(await readProblem(await post(api.url, misdeed("none", { webhook })))).toMatchObject({
    status: 503,
    type: "/problems/store-unavailable",
  });
  expect(await json(cancel(api.url, waiting.id))).toMatchObject({ status: "canceled" });
  expect(await waitForEnd(api.url, running.id)).toMatchObject({ status: "succeeded" });
  await redis.drain();
  const told = await eventually(
    "both webhooks",
    () => {
      const ids = new Set(receiver.received.map(({ message }) => message.data.id));
      return ids.size === 2 ? ids : undefined;
    },
    60_000,
  );
  expect(told).toEqual(new Set([running.id, waiting.id]));
});
