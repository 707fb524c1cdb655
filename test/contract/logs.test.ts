import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { json, post, read, submit, waitForEnd } from "../support/client.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { misdeed } from "../support/misdeeds.ts";
import { untilEnded } from "../support/raw-connection.ts";
import { redisUrl } from "../support/redis-url.ts";

const SECRET = "Sankt-Peterburg-at-night";
const MASTER_SECRET = `whsec_${randomBytes(32).toString("base64")}`;
const stops: (() => Promise<string>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A process of the product whose log is kept. */
const startLogged = async (entry: string, env: Record<string, string>) => {
  const child = spawn(process.execPath, [entry], {
    env: { PATH: process.env["PATH"], PORT: "0", LOG_LEVEL: "trace", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let log = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  }
  const [{ url }] = (await once(child, "message")) as [{ url: string }];
  const ended = once(child, "close");
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    return log;
  };
  stops.push(stop);
  return { url, stop };
};

test("a request's line names it and its trace as the client did, and as its answer does", async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  const api = await startLogged("apps/api/src/main.ts", env);
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  await fetch(`${api.url}/v1/queue`, {
    headers: { "X-Request-Id": "checkout-42", traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
  });
  const unnamed = await fetch(`${api.url}/nothing`);
  const broken = await untilEnded(api.url, (socket) => socket.write("NONSENSE\r\n\r\n"));
  const lines = (await api.stop())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const lineOf = (requestId: string) => lines.find((line) => line["requestId"] === requestId);
  expect(lineOf("checkout-42")).toMatchObject({ path: "/v1/queue", status: 200, traceId });
  const unnamedLine = lineOf(unnamed.headers.get("x-request-id")!);
  expect(unnamedLine).toMatchObject({ path: "/nothing", status: 404 });
  expect(unnamedLine).not.toHaveProperty("traceId");
  expect(lineOf(/^x-request-id: (.*)$/m.exec(broken.text)![1]!)).toMatchObject({ status: 400 });
});

test("the line of an attempt is of the trace that its submission was", async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  const api = await startLogged("apps/api/src/main.ts", env);
  const worker = await startLogged("apps/worker/src/main.ts", env);
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const response = await post(api.url, { query: "a", candidates: ["b"] }, { traceparent });
  const { id } = (await response.json()) as { id: string };
  await waitForEnd(api.url, id);
  const lines = (await worker.stop()).trim().split("\n");
  const attempt = lines.map((line) => JSON.parse(line)).find(({ jobId }) => jobId === id);
  expect(attempt).toMatchObject({ outcome: "succeeded", traceId });
});

test("nothing that a client sent reaches a log, nor what signs its webhooks, nor the message of an error that may quote it", async () => {
  const env = {
    REDIS_URL: redisUrl(),
    KEY_PREFIX: uniqueKeyPrefix(),
    JOB_ATTEMPTS: "1",
    WEBHOOK_MASTER_SECRET: MASTER_SECRET,
  };
  const api = await startLogged("apps/api/src/main.ts", env);
  const worker = await startLogged("test/support/worker-that-misbehaves.ts", env);

  const { id } = await submit(api.url, {
    query: SECRET,
    candidates: [SECRET],
    metadata: { [SECRET]: SECRET },
  });
  await waitForEnd(api.url, id);
  await post(api.url, `{"query": "${SECRET}`);
  await post(api.url, { query: SECRET, candidates: [], [SECRET]: SECRET });
  await fetch(`${api.url}/v1/jobs/${id}?text=${SECRET}`, { headers: { Authorization: `Bearer ${SECRET}` } });
  const failing = await submit(api.url, misdeed("throws what quotes a text"));
  expect(await waitForEnd(api.url, failing.id)).toMatchObject({ error: { code: "internal" } });
  expect(JSON.stringify(await read(api.url, failing.id))).not.toContain(SECRET);
  const rotated = await fetch(`${api.url}/v1/webhooks/secret/rotate`, { method: "POST" });
  const { secrets } = await json<{ secrets: string[] }>(rotated);
  expect(secrets).toHaveLength(2);

  const logs = (await api.stop()) + (await worker.stop());
  // They did log.
  expect(logs).toContain(id);
  expect(logs).toContain('"outcome":"internal"');
  expect(logs).toContain('"secretVersion":2');
  for (const secret of [SECRET, MASTER_SECRET, ...secrets]) expect(logs).not.toContain(secret);
});
