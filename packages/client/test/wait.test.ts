import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { TimeoutError } from "../src/errors.ts";
import { Semblance } from "../src/semblance.ts";
import { json, startAnsweringServer } from "./answering-server.ts";

const input = { query: "a", candidates: ["a"] };
let env: Record<string, string>;
let api: InProcessApi;

beforeAll(async () => {
  env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix(), PREFER_WAIT_MAX_S: "0" };
  api = await startInProcessApi(env);
});
afterAll(() => api.close());

test("an end is waited for over as many requests as it takes, also where the API holds none, but not without pause", async () => {
  const semblance = new Semblance({ url: api.url });
  const { id } = await semblance.submit(input);
  const waiting = semblance.wait(id);
  const worker = await startInProcessWorker(env);
  onTestFinished(() => worker.close());
  expect(await waiting).toMatchObject({ status: "succeeded", result: { scored: 1 } });
});

test("between answers that the API did not hold there is the pause that they ask for", async () => {
  const queued = json(
    200,
    { id: "job_1", status: "queued", done: false, result: null },
    { "Retry-After": "2" },
  );
  const ended = json(200, { id: "job_1", status: "failed", done: true, result: null });
  const { url, requests } = await startAnsweringServer(queued, ended);
  expect(await new Semblance({ url }).wait("job_1")).toMatchObject({ status: "failed" });
  expect(requests.map(({ headers }) => headers["prefer"])).toEqual(["wait=25", "wait=25"]);
  expect(requests[1]!.atMs - requests[0]!.atMs).toBeGreaterThanOrEqual(1_990);
});

test("a wait ends with its time, and asks the API to wait no longer than that", async () => {
  const { url, requests } = await startAnsweringServer(() => undefined);
  const waiting = new Semblance({ url }).wait("job_1", { timeoutMs: 50 });
  await expect(waiting).rejects.toBeInstanceOf(TimeoutError);
  await expect(waiting).rejects.toMatchObject({ code: "timeout", name: "TimeoutError" });
  expect(requests[0]!.headers["prefer"]).toBe("wait=1");
});

test("a wait ends with its signal, whose reason is thrown", async () => {
  const stop = new AbortController();
  const { url } = await startAnsweringServer(() => stop.abort(new Error("enough")));
  await expect(new Semblance({ url }).wait("job_1", { signal: stop.signal })).rejects.toThrow("enough");
  const aborted = AbortSignal.abort(new Error("before"));
  await expect(new Semblance({ url }).wait("job_1", { signal: aborted })).rejects.toThrow("before");
});
