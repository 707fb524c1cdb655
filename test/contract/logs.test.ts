import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { post, read, submit, waitForEnd } from "../support/client.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { misdeed } from "../support/misdeeds.ts";
import { redisUrl } from "../support/redis-url.ts";

const SECRET = "Sankt-Peterburg-at-night";
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

test("nothing that a client sent reaches a log, and neither does the message of an error that may quote it", async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix(), JOB_ATTEMPTS: "1" };
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

  const logs = (await api.stop()) + (await worker.stop());
  // They did log.
  expect(logs).toContain(id);
  expect(logs).toContain('"outcome":"internal"');
  expect(logs).not.toContain(SECRET);
});
