import { appRoutes } from "@bull-board/api/dist/routes.js";
import type { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { readProblem, submit, waitForEnd } from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { misdeed } from "../../../test/support/misdeeds.ts";
import { startOwnApi } from "../../../test/support/own-api.ts";
import { MASTER_SECRET } from "../../../test/support/webhook-secret.ts";
import { createAdminPassword } from "../src/operations/admin-credentials.ts";
import { createApiKey } from "../src/tenants/api-key.ts";

const MISBEHAVING = new URL("../../../test/support/misbehaving-processor.ts", import.meta.url);

const { password, sha256 } = createAdminPassword();
const ADMIN = { ADMIN_USER: "öps", ADMIN_PASSWORD_SHA256: sha256 };
const { key, line } = createApiKey("acme");

const basic = (user: string, secret: string) =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;

const ask = (url: string, path: string, authorization = basic("öps", password), init: RequestInit = {}) =>
  fetch(`${url}/admin/queues${path}`, {
    ...init,
    headers: { ...init.headers, Authorization: authorization },
  });

describe("Bull Board with an admin", () => {
  test("is served to who has the password, beside API keys and without them", async () => {
    for (const env of [ADMIN, { ...ADMIN, API_KEYS: line }]) {
      const { url } = await startOwnApi(env);
      for (const path of ["", "/", "/api/queues", "/queue/scoring", "/static/images/logo.svg"]) {
        expect([path, (await ask(url, path)).status]).toEqual([path, 200]);
      }
    }
  });

  test("asks everyone else for a password, on every path and by every method", async () => {
    const { url } = await startOwnApi(ADMIN);
    const paths = ["", "/", "/api/queues", "/api/redis/stats", "/static/images/logo.svg", "/nothing"];
    for (const path of paths) {
      for (const method of ["GET", "PUT"]) {
        const response = await fetch(`${url}/admin/queues${path}`, { method });
        expect([path, method, response.status, response.headers.get("www-authenticate")]).toEqual([
          path,
          method,
          401,
          'Basic realm="Semblance queues", charset="UTF-8"',
        ]);
        expect((await readProblem(response)).type).toBe("/problems/unauthorized");
      }
    }
  });

  test.each([
    ["another user", basic("ops", password)],
    ["another password", basic("öps", "password")],
    ["the hash of the password", basic("öps", sha256)],
    ["no password", basic("öps", "")],
    ["nobody", basic("", "")],
    ["no colon", `Basic ${Buffer.from(`öps${password}`).toString("base64")}`],
    ["no Base64", "Basic ?"],
    ["nothing", "Basic"],
    ["an API key", `Bearer ${key}`],
    ["the password as a key", `Bearer ${password}`],
  ])("is closed to %s", async (_, authorization) => {
    const { url } = await startOwnApi({ ...ADMIN, API_KEYS: line });
    expect((await ask(url, "/api/queues", authorization)).status).toBe(401);
  });

  test("lets its admin at nothing else", async () => {
    const { url } = await startOwnApi({ ...ADMIN, API_KEYS: line });
    const response = await fetch(`${url}/v1/queue`, { headers: { Authorization: basic("öps", password) } });
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ]);
  });
});

describe("Bull Board without an admin", () => {
  test.each([
    ["is served where no key is needed, on loopback", {}, 200],
    ["is not served where there are keys", { API_KEYS: line }, 404],
    ["is not served where others could reach it", { HOST: "0.0.0.0" }, 404],
  ])("%s", async (_, env, status) => {
    const { url } = await startOwnApi(env);
    for (const path of ["", "/api/queues", "/static/images/logo.svg"]) {
      expect([path, (await fetch(`${url}/admin/queues${path}`)).status]).toEqual([path, status]);
    }
  });
});

/** Everything of both queues in Redis, as Redis itself writes it down. */
const dumpQueues = async (redis: Redis, keyPrefix: string) => {
  const keys = (await redis.keys(`${keyPrefix}:*`)).filter((name) =>
    /^:(scoring|deliveries):/.test(name.slice(keyPrefix.length)),
  );
  return Object.fromEntries(
    await Promise.all(
      keys.sort().map(async (name) => [name, (await redis.dumpBuffer(name))?.toString("hex")]),
    ),
  );
};

const writes = appRoutes.api.filter(({ method }) => method !== "get");

test("Bull Board changes nothing, whichever of its calls is made and from which site", async () => {
  const { url, env } = await startOwnApi({ ...ADMIN, WEBHOOK_MASTER_SECRET: MASTER_SECRET });
  const redis = connectToRedis();
  onTestFinished(() => redis.disconnect());
  const worker = await startInProcessWorker({ ...env, JOB_ATTEMPTS: "1" }, MISBEHAVING);
  const failed = await submit(url, misdeed("throws what quotes a text"));
  const completed = await submit(url, misdeed("none"));
  await Promise.all([failed, completed].map(({ id }) => waitForEnd(url, id)));
  await worker.close();
  const waiting = await submit(url, { ...misdeed("none"), webhook: { url: "https://example.com/" } });
  const jobIds = {
    scoring: [failed.id, completed.id, waiting.id],
    deliveries: [waiting.id.replace("job_", "dlv_")],
  };

  const before = await dumpQueues(redis, env.KEY_PREFIX);
  expect(Object.keys(before)).toEqual(expect.arrayContaining([expect.stringContaining(waiting.id)]));
  const calls = Object.entries(jobIds).flatMap(([queue, ids]) =>
    ids.flatMap((id) =>
      writes.flatMap(({ method, route }) =>
        ["failed", "completed"].map((status) => ({
          method: String(method).toUpperCase(),
          path: String(route)
            .replace(":queueName", queue)
            .replace(":jobId", id)
            .replace(":queueStatus", status)
            .replace(":schedulerId", "none"),
        })),
      ),
    ),
  );
  expect(writes.length).toBeGreaterThan(20);
  const body = JSON.stringify({
    name: "score",
    data: {},
    options: {},
    jobData: {},
    concurrency: 1,
    force: true,
  });
  for (const { method, path } of calls) {
    const headers = { "Content-Type": "application/json", Origin: "https://elsewhere.example" };
    const response = await ask(url, path, undefined, { method, headers, body });
    expect([method, path, [404, 405].includes(response.status)]).toEqual([method, path, true]);
    await readProblem(response);
  }
  expect(await dumpQueues(redis, env.KEY_PREFIX)).toEqual(before);
});

test("Bull Board tells nothing of what it could not read", async () => {
  const { url, env } = await startOwnApi();
  const redis = connectToRedis();
  onTestFinished(() => redis.disconnect());
  const { id } = await submit(url, { query: "a", candidates: ["b"] });
  await redis.hset(`${env.KEY_PREFIX}:scoring:${id}`, "data", "Wladiwostok");
  const response = await fetch(`${url}/admin/queues/api/queues/scoring/${id}`);
  const problem = await readProblem(response);
  expect([response.status, problem.type]).toEqual([500, "/problems/internal"]);
  expect(JSON.stringify(problem)).not.toContain("Wladiwostok");
});

test("Bull Board's page runs scripts of this host alone, and styles and data come from nowhere else", async () => {
  const { url } = await startOwnApi();
  const { headers } = await fetch(`${url}/admin/queues`);
  expect(headers.get("content-security-policy")?.split("; ")).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
    ]),
  );
  expect(headers.get("content-security-policy")).not.toContain("unsafe");
  const data = await fetch(`${url}/admin/queues/api/queues`);
  expect([
    data.headers.get("cache-control"),
    data.headers.get("x-content-type-options"),
    data.headers.get("referrer-policy"),
  ]).toEqual(["no-store", "nosniff", "no-referrer"]);
});
