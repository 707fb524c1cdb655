import type { JobView } from "@semblance/shared/job/job-view";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApiKey } from "../../apps/api/src/tenants/api-key.ts";
import { json } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { type InProcessApi, startInProcessApi } from "../support/in-process-api.ts";
import { type InProcessWorker, startInProcessWorker } from "../support/in-process-worker.ts";
import { longJob } from "../support/long-job.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";
import { webhookEnv } from "../support/webhook-system.ts";

const UNKNOWN_ID = `job_${"0".repeat(32)}`;
const UNKNOWN_DELIVERY_ID = `dlv_${"0".repeat(32)}`;
/** What differs from one request to the next, whatever it asks for. */
const OWN_HEADERS = new Set(["date", "x-request-id"]);

const [owner, other] = ["owner", "other"].map(createApiKey);
const submission = { query: "a", candidates: ["b"] };
let receiver: WebhookReceiver;
let api: InProcessApi;
let worker: InProcessWorker;
/** Jobs of the owner, by what has become of them. */
const ids: Record<string, string> = {};
/** Deliveries of the owner's webhooks, in the same way. */
const deliveryIds: Record<string, string> = {};

const call = (
  key: string,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
) =>
  fetch(`${api.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(20_000),
  });

const isDeliveryPath = (path: string) => path.startsWith("/v1/deliveries/");

const submitAs = async (key: string, body: object): Promise<string> => {
  const response = await call(key, "POST", "/v1/jobs", body);
  expect(response.status).toBe(202);
  return (await json<JobView>(response)).id;
};

const waitUntil = (id: string, status: string) =>
  eventually(`job ${id} is ${status}`, async () => {
    const job = await json<JobView>(call(owner!.key, "GET", `/v1/jobs/${id}`));
    return job.status === status ? true : undefined;
  });

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  const env = { ...webhookEnv(receiver.host), WORKER_CONCURRENCY: "2" };
  api = await startInProcessApi({
    ...env,
    API_KEYS: `${owner!.line},${other!.line}`,
    JOB_TIMEOUT_MS: "600000",
    JOB_CELLS_MAX: String(Number.MAX_SAFE_INTEGER),
  });
  worker = await startInProcessWorker({ ...env, JOB_TIMEOUT_MS: "600000" });
  const webhook = { url: receiver.url };
  const submitUntil = async (status: string, body: object) => {
    ids[status] = await submitAs(owner!.key, { ...body, webhook });
    await waitUntil(ids[status], status);
  };
  await submitUntil("succeeded", submission);
  await submitUntil("failed", { ...longJob, timeout_ms: 100 });
  const endless = { ...longJob, query: longJob.query.repeat(6), timeout_ms: 600_000 };
  await submitUntil("running", endless);
  // Both threads are taken now, and what is taken ahead.
  for (let ahead = 0; ahead < 3; ahead += 1) await submitAs(owner!.key, endless);
  ids["canceled"] = await submitAs(owner!.key, { ...submission, webhook });
  await call(owner!.key, "POST", `/v1/jobs/${ids["canceled"]}/cancel`);
  await submitUntil("expired", { ...submission, expires_in_ms: 1_000 });
  ids["deleted"] = await submitAs(owner!.key, { ...submission, webhook });
  await call(owner!.key, "POST", `/v1/jobs/${ids["deleted"]}/cancel`);
  await call(owner!.key, "DELETE", `/v1/jobs/${ids["deleted"]}`);
  await submitUntil("queued", submission);
  for (const [status, id] of Object.entries(ids)) deliveryIds[status] = id.replace("job_", "dlv_");
  for (const status of ["succeeded", "failed", "canceled", "expired"]) {
    await eventually(`the delivery of a ${status} job`, async () => {
      const { ok } = await call(owner!.key, "GET", `/v1/deliveries/${deliveryIds[status]}`);
      return ok ? true : undefined;
    });
  }
  const test = await call(owner!.key, "POST", "/v1/webhooks/test", webhook);
  deliveryIds["test"] = (await json<{ id: string }>(test)).id;
}, 120_000);

afterAll(async () => {
  await worker.close();
  await api.close();
  await receiver.close();
}, 60_000);

type Document = { paths: Record<string, Record<string, unknown>> };

const METHODS = ["get", "post", "put", "patch", "delete"];

const listOperations = async () => {
  const { paths } = await json<Document>(fetch(`${api.url}/openapi.json`));
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => METHODS.includes(method))
      .map((method) => ({ path, method: method.toUpperCase() })),
  );
};

/** Everything that a client can tell of an answer. */
const describeAnswer = async (response: Response, id: string) => {
  const headers = [...response.headers].filter(([name]) => !OWN_HEADERS.has(name));
  const body = (await response.text()).replaceAll(id, "{id}").replace(/"request_id":"[^"]*"/, "");
  return { status: response.status, headers, body };
};

describe("a tenant that asks for another's job or delivery", () => {
  test("is answered as if there was none, by every operation, whatever has become of it", async () => {
    const operations = (await listOperations()).filter(({ path }) => path.includes("{id}"));
    expect(operations.length).toBeGreaterThanOrEqual(8);
    for (const { method, path } of operations) {
      const ask = async (id: string) =>
        describeAnswer(await call(other!.key, method, path.replace("{id}", id)), id);
      const [unknownId, owned] = isDeliveryPath(path)
        ? [UNKNOWN_DELIVERY_ID, deliveryIds]
        : [UNKNOWN_ID, ids];
      const unknown = await ask(unknownId);
      expect([method, path, unknown.status]).toEqual([method, path, 404]);
      for (const [status, id] of Object.entries(owned)) {
        expect([status, method, path, await ask(id)]).toEqual([status, method, path, unknown]);
      }
    }
  });

  test("also with every header that changes an answer", async () => {
    const headers = { Prefer: "wait=5", "If-None-Match": "*", Accept: "*/*", "Last-Event-ID": "1" };
    for (const [status, id] of Object.entries(ids)) {
      for (const path of ["", "/result", "/result?limit=1", "/events"]) {
        const response = await call(other!.key, "GET", `/v1/jobs/${id}${path}`, undefined, headers);
        expect([status, path, response.status]).toEqual([status, path, 404]);
      }
    }
  });

  test("changes nothing of it", async () => {
    for (const [status, id] of Object.entries(ids)) {
      await call(other!.key, "POST", `/v1/jobs/${id}/cancel`);
      await call(other!.key, "DELETE", `/v1/jobs/${id}`);
      const response = await call(owner!.key, "GET", `/v1/jobs/${id}`);
      if (status === "deleted") expect(response.status).toBe(404);
      else expect((await json<JobView>(response)).status).toBe(status);
    }
  });
});

describe("what is a tenant's own", () => {
  interface List {
    jobs: JobView[];
    next_cursor: string | null;
  }

  test("are its lists, also from a cursor of another's", async () => {
    expect(await json<List>(call(other!.key, "GET", "/v1/jobs?limit=100"))).toEqual({
      jobs: [],
      next_cursor: null,
    });
    const cursor = `?cursor=${ids["queued"]}`;
    expect((await json<List>(call(other!.key, "GET", `/v1/jobs${cursor}`))).jobs).toEqual([]);
    expect((await json<List>(call(owner!.key, "GET", `/v1/jobs${cursor}`))).jobs.length).toBeGreaterThan(0);
  });

  test("are its idempotency keys, of single jobs and of batches", async () => {
    const headers = { "Idempotency-Key": "the-same" };
    const bodies = { "/v1/jobs": submission, "/v1/jobs/batch": { jobs: [submission] } };
    for (const [path, body] of Object.entries(bodies)) {
      const answers = await Promise.all(
        [owner!, other!].map(({ key }) => call(key, "POST", path, body, headers)),
      );
      const texts = await Promise.all(answers.map((answer) => answer.text()));
      const made = texts.map((text) => /job_[0-9a-f]{32}/.exec(text)![0]);
      expect(new Set(made).size).toBe(2);
    }
  });

  test("are the secrets that sign its webhooks, also when it replaces them", async () => {
    const read = async (key: string) =>
      (await json<{ secrets: string[] }>(call(key, "GET", "/v1/webhooks/secret"))).secrets;
    const others = await read(other!.key);
    await call(owner!.key, "POST", "/v1/webhooks/secret/rotate");
    const owners = await read(owner!.key);
    expect(owners).toHaveLength(2);
    expect(await read(other!.key)).toEqual(others);
    expect(new Set([...owners, ...others]).size).toBe(3);
  });
});
