import type { ServerResponse } from "node:http";
import type { DeliveryView } from "@semblance/shared/webhook/delivery-view";
import { describe, expect, onTestFinished, test } from "vitest";
import { json, post, readProblem, submit, waitForEnd } from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { startInProcessApi } from "../../../test/support/in-process-api.ts";
import type { WebhookReceiver } from "../../../test/support/webhook-receiver.ts";
import { startWebhookSystem } from "../../../test/support/webhook-system.ts";
import { createApiKey } from "../src/tenants/api-key.ts";

const small = { query: "abc", candidates: ["abd"] };
const UNKNOWN = `dlv_${"0".repeat(32)}`;
const ONCE = { WEBHOOK_SCHEDULE: "0s" };
const HASTY = { WEBHOOK_SCHEDULE: "0s,50ms,50ms" };
/** The second attempt is far away. */
const PATIENT = { WEBHOOK_SCHEDULE: "0s,1h" };

const fail = (_: unknown, response: ServerResponse) => response.writeHead(500).end("not now");

const redisOfTest = () => {
  const redis = connectToRedis();
  onTestFinished(() => redis.disconnect());
  return redis;
};

/** The calls of a tenant. */
const callsOf = (url: string, key?: string) => {
  const authorized = key === undefined ? {} : { Authorization: `Bearer ${key}` };
  const call = (method: string, path: string, body?: unknown) =>
    fetch(url + path, {
      method,
      headers: { ...authorized, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  return {
    call,
    submit: async (to: string, fields: object = {}) => {
      const response = await post(url, { ...small, webhook: { url: to }, ...fields }, authorized);
      return (await json<{ id: string }>(response)).id;
    },
    deliveriesOf: async (jobId: string) =>
      (await json<{ deliveries: DeliveryView[] }>(call("GET", `/v1/jobs/${jobId}/deliveries`))).deliveries,
    deliveryOnce: (jobId: string, condition: (delivery: DeliveryView) => boolean) =>
      eventually(`the delivery of ${jobId}`, async () => {
        const response = await call("GET", `/v1/deliveries/${toDeliveryId(jobId)}`);
        if (response.status !== 200) return undefined;
        const delivery = await json<DeliveryView>(response);
        return condition(delivery) ? delivery : undefined;
      }),
    redeliver: (id: string) => call("POST", `/v1/deliveries/${id}/redeliver`),
    redeliverFailed: async (body: object) =>
      json<{ redelivered: number; more: boolean }>(call("POST", "/v1/deliveries/redeliver", body)),
  };
};

const toDeliveryId = (jobId: string) => jobId.replace("job_", "dlv_");
const isFailed = ({ status }: DeliveryView) => status === "failed";
const isSucceeded = ({ status }: DeliveryView) => status === "succeeded";
const hasFailedOnce = ({ attempts }: DeliveryView) => attempts.length === 1;

const ofId = ({ received }: WebhookReceiver, id: string) => received.filter((webhook) => webhook.id === id);

const untilReceived = (receiver: WebhookReceiver, id: string, count: number) =>
  eventually(`webhook ${id} to be sent ${count} times`, () => {
    const all = ofId(receiver, id);
    return all.length >= count ? all : undefined;
  });

const BASE_MS = Date.now() - 24 * 3_600_000;
const at = (minutes: number) => new Date(BASE_MS + minutes * 60_000).toISOString();

/** What failed deliveries tell of, moved to when a test wants it to have happened. */
const moveTo = async (keyPrefix: string, tenant: string, jobId: string, minutes: number) => {
  const redis = redisOfTest();
  const id = toDeliveryId(jobId);
  const happenedMs = BASE_MS + minutes * 60_000;
  await redis.hset(`${keyPrefix}:delivery:${id}`, "happened", happenedMs);
  await redis.zadd(`${keyPrefix}:undelivered:${tenant}`, "XX", happenedMs, id);
};

describe("a delivery", () => {
  test("tells of every attempt when it began, how long it took, and what was answered", async () => {
    let answers = 0;
    const { receiver, url, startWorker } = await startWebhookSystem({
      // However slow the machine is, the third attempt is not the last.
      env: { WEBHOOK_SCHEDULE: "0s,50ms,50ms,1h" },
      answer: (_, response) => {
        answers += 1;
        if (answers === 1) response.writeHead(500).end("not <b>now</b>");
        else if (answers === 2) response.destroy();
        else response.writeHead(204).end();
      },
    });
    await startWorker();
    const { submit, deliveryOnce, deliveriesOf } = callsOf(url);
    const jobId = await submit(receiver.url);
    const delivery = await deliveryOnce(jobId, isSucceeded);
    const { finished_at } = await waitForEnd(url, jobId);
    expect(delivery).toEqual({
      id: toDeliveryId(jobId),
      job_id: jobId,
      event: "job.succeeded",
      url: receiver.url,
      status: "succeeded",
      created_at: finished_at,
      next_attempt_at: null,
      attempts: [
        { status: 500, error: null, answer: "not <b>now</b>" },
        { status: null, error: { code: "closed", message: expect.any(String) }, answer: null },
        { status: 204, error: null, answer: "" },
      ].map((attempt) => ({
        ...attempt,
        started_at: expect.stringMatching(/Z$/),
        duration_ms: expect.any(Number),
      })),
    });
    const begun = delivery.attempts.map(({ started_at }) => started_at);
    expect(begun).toEqual(begun.toSorted());
    expect(await deliveriesOf(jobId)).toEqual([delivery]);
  });

  test("tells when its next attempt comes, and that there is none once it is given up", async () => {
    const patient = await startWebhookSystem({ env: PATIENT, answer: fail });
    await patient.startWorker();
    const calls = callsOf(patient.url);
    const waiting = await calls.deliveryOnce(await calls.submit(patient.receiver.url), hasFailedOnce);
    expect(waiting.status).toBe("pending");
    const delayMs = Date.parse(waiting.next_attempt_at!) - Date.parse(waiting.attempts[0]!.started_at);
    expect(delayMs).toBeGreaterThanOrEqual(3_600_000);

    const once = await startWebhookSystem({ env: ONCE, answer: fail });
    await once.startWorker();
    const others = callsOf(once.url);
    const givenUp = await others.deliveryOnce(await others.submit(once.receiver.url), isFailed);
    expect(givenUp).toMatchObject({ next_attempt_at: null, attempts: { length: 1 } });
  });

  test("of a job without a webhook, or that has not ended, there is none", async () => {
    const { receiver, url } = await startWebhookSystem();
    const { submit: submitTold, deliveriesOf } = callsOf(url);
    expect(await deliveriesOf((await submit(url, small)).id)).toEqual([]);
    expect(await deliveriesOf(await submitTold(receiver.url))).toEqual([]);
  });

  test("is kept when its job no longer is", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem({ env: { RESULT_TTL_S: "1" } });
    await startWorker();
    const { call, submit, deliveryOnce, deliveriesOf } = callsOf(url);
    const jobId = await submit(receiver.url);
    await deliveryOnce(jobId, isSucceeded);
    await eventually("the end of its job's time", async () =>
      (await call("GET", `/v1/jobs/${jobId}`)).status === 404 ? true : undefined,
    );
    expect(await deliveriesOf(jobId)).toMatchObject([{ job_id: jobId, status: "succeeded" }]);
  });

  test.each([
    ["GET", `/v1/deliveries/${UNKNOWN}`, "delivery"],
    ["GET", "/v1/deliveries/redeliver", "delivery"],
    ["GET", "/v1/deliveries/dlv_", "delivery"],
    ["POST", `/v1/deliveries/${UNKNOWN}/redeliver`, "delivery"],
    ["GET", `/v1/jobs/job_${"0".repeat(32)}/deliveries`, "job"],
    ["GET", `/v1/jobs/${UNKNOWN}/deliveries`, "job"],
  ])("%s %s is answered that there is none", async (method, path, what) => {
    const { url } = await startWebhookSystem();
    expect(await readProblem(await callsOf(url).call(method, path))).toMatchObject({
      status: 404,
      detail: `There is no ${what} with this id.`,
    });
  });
});

describe("a delivery that is asked for again", () => {
  /** That its message is the same, byte by byte. */
  const expectSame = (webhooks: { body: Buffer }[]) => {
    expect(new Set(webhooks.map(({ body }) => body.toString("base64"))).size).toBe(1);
  };

  test("is sent again although it has arrived: the same bytes under the same webhook-id", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem({
      env: { PUBLIC_URL: "https://scores.example.com" },
    });
    await startWorker();
    const { submit, deliveryOnce, redeliver } = callsOf(url);
    const jobId = await submit(receiver.url);
    const { id } = await deliveryOnce(jobId, isSucceeded);
    const response = await redeliver(id);
    expect([response.status, response.headers.get("location")]).toEqual([
      202,
      `https://scores.example.com/v1/deliveries/${id}`,
    ]);
    await response.body?.cancel();
    expectSame(await untilReceived(receiver, id, 2));
    expect(await deliveryOnce(jobId, ({ attempts }) => attempts.length === 2)).toMatchObject({
      status: "succeeded",
    });
  });

  test("is sent again although it was given up, as often as it is asked for", async () => {
    let isWorking = false;
    const { receiver, url, startWorker } = await startWebhookSystem({
      env: ONCE,
      answer: (webhook, response) => (isWorking ? response.end() : fail(webhook, response)),
    });
    await startWorker();
    const { submit, deliveryOnce, redeliver } = callsOf(url);
    const jobId = await submit(receiver.url);
    const { id } = await deliveryOnce(jobId, isFailed);
    await redeliver(id);
    await deliveryOnce(jobId, ({ status, attempts }) => status === "failed" && attempts.length === 2);
    isWorking = true;
    await redeliver(id);
    await deliveryOnce(jobId, isSucceeded);
    expectSame(await untilReceived(receiver, id, 3));
  });

  test("is shown as pending from the answer on, while no worker has it yet", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem({
      env: ONCE,
      answer: fail,
    });
    const worker = await startWorker();
    const { call, submit, deliveryOnce, redeliver } = callsOf(url);
    const { id } = await deliveryOnce(await submit(receiver.url), isFailed);
    await worker.close();
    const asked = await json<DeliveryView>(redeliver(id));
    expect(asked).toMatchObject({ status: "pending", next_attempt_at: expect.any(String) });
    // Once more before anything has come of it is no second time.
    await redeliver(id);
    expect(await json<DeliveryView>(call("GET", `/v1/deliveries/${id}`))).toMatchObject({
      status: "pending",
    });
    await startWorker();
    await deliveryOnce(asked.job_id!, ({ attempts }) => attempts.length === 2);
    expect(ofId(receiver, id)).toHaveLength(2);
  });

  test("does not wait for its next attempt any longer, and its schedule begins anew", async () => {
    let isWorking = false;
    const { receiver, url, startWorker } = await startWebhookSystem({
      env: PATIENT,
      answer: (webhook, response) => (isWorking ? response.end() : fail(webhook, response)),
    });
    await startWorker();
    const { submit, deliveryOnce, redeliver } = callsOf(url);
    const jobId = await submit(receiver.url);
    const { id } = await deliveryOnce(jobId, hasFailedOnce);
    await redeliver(id);
    const again = await deliveryOnce(jobId, ({ attempts }) => attempts.length === 2);
    expect(again.status).toBe("pending");
    const delayMs = Date.parse(again.next_attempt_at!) - Date.parse(again.attempts[1]!.started_at);
    expect(delayMs).toBeGreaterThanOrEqual(3_600_000);
    isWorking = true;
    await redeliver(id);
    expectSame(await untilReceived(receiver, id, 3));
    expect(await deliveryOnce(jobId, isSucceeded)).toMatchObject({ next_attempt_at: null });
  });
});

describe("what failed in a range of time", () => {
  test("is sent again: only that, only in that range, and only the tenant's own", async () => {
    const [acme, other] = ["acme", "other"].map(createApiKey);
    let isWorking = false;
    const { receiver, url, env, startWorker } = await startWebhookSystem({
      env: { API_KEYS: `${acme!.line},${other!.line}`, ...PATIENT },
      answer: (webhook, response) => (isWorking ? response.end() : fail(webhook, response)),
    });
    await startWorker();
    const calls = callsOf(url, acme!.key);
    const others = callsOf(url, other!.key);
    const failedAt = async (tenant: "acme" | "other", minutes: number) => {
      const of = tenant === "acme" ? calls : others;
      const jobId = await of.submit(receiver.url);
      await of.deliveryOnce(jobId, hasFailedOnce);
      await moveTo(env.KEY_PREFIX, tenant, jobId, minutes);
      return jobId;
    };
    const before = await failedAt("acme", 0);
    const within = [await failedAt("acme", 10), await failedAt("acme", 20)];
    const foreign = await failedAt("other", 15);
    isWorking = true;
    const arrived = await calls.submit(receiver.url);
    await calls.deliveryOnce(arrived, isSucceeded);

    expect(await calls.redeliverFailed({ since: at(10), until: at(20) })).toEqual({
      redelivered: 2,
      more: false,
    });
    for (const jobId of within) await calls.deliveryOnce(jobId, isSucceeded);
    expect(await calls.redeliverFailed({ since: at(10), until: at(20) })).toEqual({
      redelivered: 0,
      more: false,
    });
    expect(await calls.redeliverFailed({ since: at(11) })).toEqual({ redelivered: 0, more: false });
    for (const jobId of [before, foreign, arrived]) {
      expect(ofId(receiver, toDeliveryId(jobId))).toHaveLength(1);
    }
  });

  test("is asked for once however often that is said, and again once it has failed again", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem({ env: PATIENT, answer: fail });
    const worker = await startWorker();
    const { submit, deliveryOnce, redeliverFailed } = callsOf(url);
    const jobId = await submit(receiver.url);
    await deliveryOnce(jobId, hasFailedOnce);
    await worker.close();
    expect((await redeliverFailed({ since: at(0) })).redelivered).toBe(1);
    expect((await redeliverFailed({ since: at(0) })).redelivered).toBe(0);
    await startWorker();
    await deliveryOnce(jobId, ({ attempts }) => attempts.length === 2);
    expect((await redeliverFailed({ since: at(0) })).redelivered).toBe(1);
    await deliveryOnce(jobId, ({ attempts }) => attempts.length === 3);
  });

  test("comes a thousand at a time, the oldest first, and what is no longer kept is forgotten", async () => {
    const { env, url } = await startWebhookSystem();
    const redis = redisOfTest();
    const undelivered = `${env.KEY_PREFIX}:undelivered:default`;
    const idOf = (index: number) => `dlv_${index.toString(16).padStart(32, "0")}`;
    const pipeline = redis.pipeline();
    for (let index = 0; index < 1_050; index += 1) {
      pipeline.zadd(undelivered, BASE_MS + index, idOf(index));
      if (index % 3 === 0) continue;
      pipeline.hset(`${env.KEY_PREFIX}:delivery:${idOf(index)}`, {
        tenant: "default",
        url: "http://127.0.0.1:1/",
        status: "failed",
        restart: 0,
        made: 1,
      });
    }
    await pipeline.exec();
    const { redeliverFailed } = callsOf(url);
    expect(await redeliverFailed({ since: at(0) })).toEqual({ redelivered: 666, more: true });
    expect(await redis.zrange(undelivered, "0", "0")).toEqual([idOf(1_000)]);
    expect(await redeliverFailed({ since: at(0) })).toEqual({ redelivered: 34, more: false });
    expect(await redis.exists(undelivered)).toBe(0);
    expect(await redis.llen(`${env.KEY_PREFIX}:deliveries:wait`)).toBe(700);
  });

  test.each([
    ["", 400, ""],
    ['{"since":"2026-01-05T09:00:00Z",}', 400, ""],
    ["[]", 422, ""],
    ["{}", 422, "/since"],
    ['{"since":"yesterday"}', 422, "/since"],
    ['{"since":"2026-02-30T09:00:00Z"}', 422, "/since"],
    ['{"since":"2026-01-05T09:00:00Z","until":null}', 422, "/until"],
    ['{"since":"2026-01-05T09:00:00Z","until":"2026-01-05T09:59:59+01:00"}', 422, "/until"],
    ['{"since":"2026-01-05T09:00:00Z","all":true}', 422, "/all"],
    ['{"since":"2026-01-05T09:00:00Z","__proto__":{}}', 422, "/__proto__"],
  ])("%s is refused by %i at %j", async (body, status, pointer) => {
    const { url } = await startWebhookSystem();
    const problem = await readProblem(await callsOf(url).call("POST", "/v1/deliveries/redeliver", body));
    expect(problem).toMatchObject({ status, errors: [{ pointer }] });
  });
});

describe("with its job, a delivery is deleted", () => {
  const remove = (url: string, jobId: string) => fetch(`${url}/v1/jobs/${jobId}`, { method: "DELETE" });

  const expectGone = async (url: string, jobId: string) => {
    const { call, redeliver } = callsOf(url);
    expect((await call("GET", `/v1/jobs/${jobId}/deliveries`)).status).toBe(404);
    expect((await call("GET", `/v1/deliveries/${toDeliveryId(jobId)}`)).status).toBe(404);
    expect((await redeliver(toDeliveryId(jobId))).status).toBe(404);
  };

  /** Another one goes all through its schedule meanwhile. */
  const expectNoMore = async (url: string, receiver: WebhookReceiver, jobId: string, count: number) => {
    const { submit, deliveryOnce } = callsOf(url);
    await deliveryOnce(await submit(receiver.url), isFailed);
    expect(ofId(receiver, toDeliveryId(jobId))).toHaveLength(count);
  };

  test("while it waits for its next attempt, which then does not come", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem({
      env: { WEBHOOK_SCHEDULE: "0s,200ms,10ms" },
      answer: fail,
    });
    await startWorker();
    const { submit, deliveryOnce } = callsOf(url);
    const jobId = await submit(receiver.url);
    await deliveryOnce(jobId, hasFailedOnce);
    expect((await remove(url, jobId)).status).toBe(204);
    await expectGone(url, jobId);
    await expectNoMore(url, receiver, jobId, 1);
  });

  test("while it waits to be sent again", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem({ env: ONCE, answer: fail });
    const worker = await startWorker();
    const { submit, deliveryOnce, redeliver } = callsOf(url);
    const jobId = await submit(receiver.url);
    await deliveryOnce(jobId, isFailed);
    await worker.close();
    expect((await redeliver(toDeliveryId(jobId))).status).toBe(202);
    expect((await remove(url, jobId)).status).toBe(204);
    await expectGone(url, jobId);
    await startWorker();
    await expectNoMore(url, receiver, jobId, 1);
  });

  test.each(["the first time", "once more"])("while it is just being sent, %s", async (which) => {
    let held: ServerResponse | undefined;
    let isHolding = which === "the first time";
    const { receiver, url, startWorker } = await startWebhookSystem({
      env: HASTY,
      answer: (webhook, response) => {
        if (!isHolding) return which === "once more" && !held ? response.end() : fail(webhook, response);
        isHolding = false;
        held = response;
        return undefined;
      },
    });
    await startWorker();
    const { submit, deliveryOnce, redeliver } = callsOf(url);
    const jobId = await submit(receiver.url);
    if (which === "once more") {
      await deliveryOnce(jobId, isSucceeded);
      isHolding = true;
      await redeliver(toDeliveryId(jobId));
    }
    const holding = await eventually("an attempt under way", () => held);
    expect((await remove(url, jobId)).status).toBe(204);
    await expectGone(url, jobId);
    holding.writeHead(500).end();
    await expectNoMore(url, receiver, jobId, which === "once more" ? 2 : 1);
    await expectGone(url, jobId);
  });
});

test("Bull Board shows deliveries by the hosts that they go to, and nothing of what they tell", async () => {
  const secret = "Wladiwostok";
  const { receiver, url, startWorker } = await startWebhookSystem({ env: PATIENT, answer: fail });
  const { submit, deliveryOnce } = callsOf(url);
  const fields = { query: secret, candidates: [secret], metadata: { secret } };
  const waiting = await submit(`${receiver.url}/${secret}?token=${secret}`, fields);
  const show = async (path: string) => {
    const page = await fetch(`${url}/admin/queues/api/queues${path}`);
    return [page.status, await page.text()] as const;
  };
  const expectShown = async (jobId: string) => {
    const id = toDeliveryId(jobId);
    for (const path of [
      "?activeQueue=deliveries&status=latest",
      `/deliveries/${id}`,
      `/deliveries/${id}/flow`,
    ]) {
      const [status, shown] = await show(path);
      expect([path, status, shown]).toEqual([path, 200, expect.stringContaining(id)]);
      expect(shown).not.toContain(secret);
    }
    expect((await show(`/deliveries/${id}`))[1]).toContain(
      `"data":${JSON.stringify({ deliveryId: id, jobId, tenant: "default", host: receiver.host, restart: 0 })}`,
    );
  };
  await expectShown(waiting);
  await startWorker();
  await deliveryOnce(waiting, hasFailedOnce);
  await expectShown(waiting);
});

describe("a test message", () => {
  const ask = (url: string, body: unknown) => callsOf(url).call("POST", "/v1/webhooks/test", body);

  test("is sent once, as webhooks are, and its delivery tells what came of it", async () => {
    const { receiver, url, startWorker } = await startWebhookSystem({ env: HASTY, answer: fail });
    await startWorker();
    const response = await ask(url, { url: receiver.url });
    const delivery = await json<DeliveryView>(response);
    expect([response.status, response.headers.get("location")]).toEqual([
      202,
      `/v1/deliveries/${delivery.id}`,
    ]);
    expect(delivery).toEqual({
      id: expect.stringMatching(/^dlv_[0-9a-f]{32}$/),
      job_id: null,
      event: "webhook.test",
      url: receiver.url,
      status: "pending",
      created_at: expect.stringMatching(/Z$/),
      next_attempt_at: delivery.created_at,
      attempts: [],
    });
    const ended = await callsOf(url).deliveryOnce(delivery.id, isFailed);
    expect(ended).toMatchObject({ next_attempt_at: null, attempts: [{ status: 500, answer: "not now" }] });
    const [webhook, ...others] = ofId(receiver, delivery.id);
    expect(others).toEqual([]);
    expect(webhook!.message).toEqual({
      type: "webhook.test",
      timestamp: delivery.created_at,
      data: { id: delivery.id },
    });
  });

  test("belongs to no job, not even to one that is called alike", async () => {
    const { receiver, url } = await startWebhookSystem();
    const { id } = await json<DeliveryView>(ask(url, { url: receiver.url }));
    const response = await callsOf(url).call("GET", `/v1/jobs/${id.replace("dlv_", "job_")}/deliveries`);
    expect(response.status).toBe(404);
  });

  test.each([
    ['{"url":"ftp://example.com/"}', "/url"],
    ['{"url":"http://127.0.0.1:1/"}', "/url"],
    ['{"url":"https://example.com/\\ud800"}', "/url"],
    ['{"url":7}', "/url"],
    ["{}", "/url"],
    ['{"url":"https://example.com/","events":[]}', "/events"],
  ])("to %s is refused at %s", async (body, pointer) => {
    const { url } = await startWebhookSystem();
    expect(await readProblem(await ask(url, body))).toMatchObject({
      type: "/problems/invalid-request",
      errors: [{ pointer }],
    });
  });

  test("is taken as JSON alone, and no larger than it needs to be", async () => {
    const { receiver, url } = await startWebhookSystem();
    const body = JSON.stringify({ url: receiver.url });
    const untyped = await fetch(`${url}/v1/webhooks/test`, { method: "POST", body });
    expect((await readProblem(untyped)).type).toBe("/problems/unsupported-media-type");
    const large = await readProblem(await ask(url, body.padEnd(16_385)));
    expect(large).toMatchObject({ type: "/problems/body-too-large", limit: 16_384 });
    expect((await ask(url, body.padEnd(16_384))).status).toBe(202);
  });

  test("has to be paid for like all else that is kept", async () => {
    const full = await startWebhookSystem({ env: { STORE_BYTES_MAX: "1000" } });
    const refused = await ask(full.url, { url: full.receiver.url });
    expect(refused.headers.get("retry-after")).toBe("30");
    expect((await readProblem(refused)).type).toBe("/problems/store-full");

    const held = await startWebhookSystem({ env: { TENANT_BYTES_MAX: "1000" } });
    const beyond = await readProblem(await ask(held.url, { url: held.receiver.url }));
    expect(beyond).toMatchObject({ type: "/problems/quota-exceeded", limit: 1_000 });
  });

  test("is refused where no secret would sign it", async () => {
    const { env, receiver } = await startWebhookSystem();
    const api = await startInProcessApi({ ...env, WEBHOOK_MASTER_SECRET: "" });
    onTestFinished(() => api.close());
    expect(await readProblem(await ask(api.url, { url: receiver.url }))).toMatchObject({
      type: "/problems/webhooks-not-configured",
      status: 422,
    });
  });
});
