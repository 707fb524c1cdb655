import { createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { type RedisServer, startRedisServer } from "../../scripts/redis-server.ts";
import { cancel, json, post, read, submit, waitFor, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startInProcessApi } from "../support/in-process-api.ts";
import { startInProcessWorker } from "../support/in-process-worker.ts";
import { longJob } from "../support/long-job.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";
import { MASTER_SECRET } from "../support/webhook-secret.ts";

const USERS_FILE = new URL("../../infra/redis-users.acl", import.meta.url);
const PASSWORD = randomBytes(16).toString("hex");
const ADMIN = "user admin on nopass ~* &* +@all\n";
const small = { query: "a", candidates: ["b", "a"] };

let server: RedisServer;
let admin: Redis;
let remove: () => Promise<void>;

const urlOf = (user: string) => server.url.replace("redis://", `redis://${user}:${PASSWORD}@`);
const connectAs = (user: string) => {
  const redis = new Redis(urlOf(user));
  onTestFinished(() => redis.disconnect());
  return redis;
};

beforeAll(async () => {
  const folder = await createTemporaryFolder();
  remove = folder.remove;
  const users = await readFile(USERS_FILE, "utf8");
  const hash = createHash("sha256").update(PASSWORD).digest("hex");
  const file = join(folder.path, "users.acl");
  await writeFile(file, users.replaceAll("PASSWORD_SHA256", hash) + ADMIN);
  server = await startRedisServer({ dir: folder.path, appendOnly: true, settings: ["--aclfile", file] });
  admin = new Redis(server.url, { username: "admin", password: "any" });
});

afterAll(async () => {
  admin.disconnect();
  await server.stop();
  await remove();
});

beforeEach(async () => {
  await admin.acl("LOG", "RESET");
});

const readDenials = async () =>
  ((await admin.acl("LOG")) as string[][]).map((entry) => ({
    user: entry[entry.indexOf("username") + 1],
    denied: entry[entry.indexOf("object") + 1],
  }));

/** API and worker as the users of `infra/redis-users.acl`, and whom they tell of what ends. */
const startSystem = async () => {
  const receiver = await startWebhookReceiver();
  onTestFinished(() => receiver.close());
  const env = {
    WEBHOOK_MASTER_SECRET: MASTER_SECRET,
    WEBHOOK_ALLOW_HOSTS: receiver.host,
    JOB_TIMEOUT_MS: "60000",
  };
  const api = await startInProcessApi({ ...env, REDIS_URL: urlOf("semblance-api"), RATE_LIMIT_JOBS: "1000" });
  onTestFinished(() => api.close());
  const startWorker = async () => {
    const worker = await startInProcessWorker({ ...env, REDIS_URL: urlOf("semblance-worker") });
    onTestFinished(() => worker.close());
  };
  return { receiver, api, startWorker };
};

test("nothing that API and worker do is denied to their users", { timeout: 120_000 }, async () => {
  const { receiver, api, startWorker } = await startSystem();
  const { url } = api;
  const waiting = await submit(url, small);
  expect((await fetch(`${url}/v1/jobs/${waiting.id}/position`)).status).toBe(200);
  expect((await cancel(url, waiting.id)).status).toBe(200);
  await startWorker();

  const webhook = { url: receiver.url };
  const told = await submit(url, { ...small, webhook, metadata: { a: "b" }, priority: "high" });
  await waitForEnd(url, told.id);
  await eventually("the webhook", () => (receiver.received.length === 1 ? true : undefined));
  const large = await submit(url, {
    query: "a",
    candidates: Array.from({ length: 20_000 }, (_, i) => `${i}`),
  });
  await waitForEnd(url, large.id);
  const keyed = { "Idempotency-Key": "once" };
  expect((await post(url, small, { ...keyed, Prefer: "wait=10" })).status).toBe(200);
  expect((await post(url, small, keyed)).headers.get("idempotency-replayed")).toBe("true");
  const running = await submit(url, longJob);
  await waitFor(url, running.id, ({ status }) => status === "running");
  const events = fetch(`${url}/v1/jobs/${running.id}/events`).then((response) => response.text());
  await cancel(url, running.id);
  expect(await events).toContain("canceled");
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body ? { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {}),
    });
    expect({ path, status: response.status < 400 ? "good" : response.status }).toMatchObject({
      status: "good",
    });
    return response;
  };
  await call("POST", "/v1/jobs/batch", { jobs: [small, { ...small, webhook }] });
  await call("POST", "/v2/rerank", { model: "ratio", query: "a", documents: ["a"] });
  await call("GET", `/v1/jobs/${large.id}/result?limit=5`);
  await call("GET", "/v1/queue");
  await call("GET", "/v1/jobs?status=succeeded");
  const { deliveries } = await json<{ deliveries: { id: string }[] }>(
    call("GET", `/v1/jobs/${told.id}/deliveries`),
  );
  await call("POST", `/v1/deliveries/${deliveries[0]!.id}/redeliver`);
  await call("GET", "/v1/webhooks/secret");
  await call("POST", "/v1/webhooks/secret/rotate");
  await call("POST", "/v1/webhooks/test", { url: receiver.url });
  await call("GET", "/admin/queues/api/queues?activeQueue=scoring&status=completed&page=1&jobsPerPage=10");
  await call("GET", "/readyz");
  await call("DELETE", `/v1/jobs/${told.id}`);
  expect((await read(url, large.id)).done).toBe(true);
  expect(await readDenials()).toEqual([]);
});

test.each(["semblance-api", "semblance-worker"])(
  "%s may do nothing else, and nothing elsewhere",
  async (user) => {
    const redis = connectAs(user);
    const commands: [string, ...string[]][] = [
      ["FLUSHALL"],
      ["KEYS", "*"],
      ["SCAN", "0"],
      ["CONFIG", "GET", "*"],
      ["ACL", "LIST"],
      ["SHUTDOWN"],
      ["GET", "other"],
      ["SET", "{semblance-other}:key", "value"],
      ["EVAL", "return redis.call('KEYS', '*')", "0"],
      ["SUBSCRIBE", "other"],
    ];
    for (const [name, ...args] of commands) {
      await expect(redis.call(name, ...args), name).rejects.toThrow(/^NOPERM|can't run this command/);
    }
  },
);

test("nobody is let in without a password", async () => {
  const redis = new Redis(server.url, { retryStrategy: null });
  onTestFinished(() => redis.disconnect());
  redis.on("error", () => undefined);
  await expect(redis.get("{semblance}:any")).rejects.toThrow();
});
