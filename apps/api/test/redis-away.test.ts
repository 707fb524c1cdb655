import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type RedisServer, startRedisServer } from "../../../scripts/redis-server.ts";
import { post, readProblem, submit } from "../../../test/support/client.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";

const submission = { query: "a", candidates: ["b"] };
let dir: string;
let server: RedisServer;
let api: InProcessApi;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "semblance-test-away-"));
  server = await startRedisServer({ dir, appendOnly: false });
  api = await startInProcessApi({ REDIS_URL: server.url });
});

afterEach(async () => {
  await api.close();
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

/** The whole contract while Redis is away: whoever asks is told so, and the process is up. */
const expectUnavailable = async (id: string) => {
  for (const response of [
    await post(api.url, submission),
    await fetch(`${api.url}/v1/jobs/${id}`),
    await fetch(`${api.url}/v1/jobs/${id}/result`),
    await fetch(`${api.url}/v1/jobs/${id}/cancel`, { method: "POST" }),
    await fetch(`${api.url}/v1/queue`),
    await fetch(`${api.url}/readyz`),
  ]) {
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await readProblem(response)).toMatchObject({ status: 503, type: "/problems/store-unavailable" });
  }
  expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
};

const expectBack = () =>
  eventually("the API is back", async () =>
    (await fetch(`${api.url}/readyz`)).status === 200 ? true : undefined,
  );

test("a Redis that hangs is answered with 503 instead of a hang, and is used again when it is back", async () => {
  const { id } = await submit(api.url, submission);
  process.kill(server.pid, "SIGSTOP");
  await expectUnavailable(id).finally(() => process.kill(server.pid, "SIGCONT"));
  await expectBack();
  await submit(api.url, submission);
});

test("a Redis that is gone is answered with 503, and its successor is used", async () => {
  const { id } = await submit(api.url, submission);
  const { port } = server;
  await server.stop();
  await expectUnavailable(id);
  server = await startRedisServer({ dir, appendOnly: false, port });
  await expectBack();
  await submit(api.url, submission);
});

test("a Redis out of memory is answered with 503, keeps nothing half done, and is used again", async () => {
  const redis = new Redis(server.url);
  await submit(api.url, submission);
  const before = await redis.keys("*");
  await redis.config("SET", "maxmemory", "1");
  const response = await post(api.url, submission);
  expect(await readProblem(response)).toMatchObject({ status: 503, type: "/problems/store-unavailable" });
  // The sweeper's lease comes and goes by itself.
  const news = (await redis.keys("*")).filter((key) => !before.includes(key) && !key.endsWith(":sweeper"));
  expect(news).toEqual([]);
  await redis.config("SET", "maxmemory", "0");
  await submit(api.url, submission);
  redis.disconnect();
});
