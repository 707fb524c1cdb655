import { request } from "node:http";
import type { JobView } from "@semblance/shared/job/job-view";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { cancel, type JobWithResult, json, read, submit } from "../../../test/support/client.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";

const submission = { query: "a", candidates: ["a", "b"] };
const newEnv = () => ({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix(), PREFER_WAIT_MAX_S: "120" });
let env: Record<string, string>;
let api: InProcessApi;

beforeAll(async () => {
  env = newEnv();
  api = await startInProcessApi(env);
});
afterAll(() => api.close());

const post = (prefer: string, body: object = submission, url = api.url) =>
  fetch(`${url}/v1/jobs`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Prefer: prefer },
    body: JSON.stringify(body),
  });

const startWorker = async () => {
  const worker = await startInProcessWorker(env);
  onTestFinished(() => worker.close());
};

const get = (id: string, prefer: string, url = api.url) =>
  fetch(`${url}/v1/jobs/${id}`, { headers: { Prefer: prefer } });

const headersOf = (response: Response) => ({
  status: response.status,
  applied: response.headers.get("preference-applied"),
  vary: response.headers.get("vary"),
});

describe("with a worker", () => {
  test("a submission that waits is answered with the finished job, which is the one at its URL", async () => {
    await startWorker();
    const response = await post("wait=10");
    const job = await json<JobWithResult>(response);
    expect(headersOf(response)).toEqual({ status: 200, applied: "wait=10", vary: "Prefer, Accept-Encoding" });
    expect(response.headers.get("location")).toBe(job.urls.self);
    expect(response.headers.get("retry-after")).toBeNull();
    expect(job).toMatchObject({ status: "succeeded", result: { scored: 2 } });
    expect(await read(api.url, job.id)).toEqual(job);
  });

  test("a hundred that wait at once are all answered with their own job, and nobody waits any more", async () => {
    const before = api.events.jobCount;
    const waiting: Promise<Response>[] = [];
    // Each ten are in the queue before the next come: the process may be slow, and Redis has to answer in time.
    while (waiting.length < 100) {
      for (let ten = 0; ten < 10; ten += 1) {
        waiting.push(post("wait=120", { ...submission, metadata: { index: String(waiting.length) } }));
      }
      const count = before + waiting.length;
      await eventually(`${count} wait`, () => (api.events.jobCount === count ? true : undefined));
    }
    await startWorker();
    for (const [index, response] of (await Promise.all(waiting)).entries()) {
      expect(await json<JobWithResult>(response)).toMatchObject({
        status: "succeeded",
        metadata: { index: String(index) },
      });
    }
    expect(api.events.jobCount).toBe(before);
  }, 120_000);

  test("a read that waits is answered when the job ends, and at once when it has", async () => {
    const { id } = await submit(api.url, submission);
    const waiting = get(id, "wait=20");
    await startWorker();
    expect(await json<JobWithResult>(waiting)).toMatchObject({ status: "succeeded" });
    const again = await get(id, "wait=20");
    expect(headersOf(again)).toEqual({ status: 200, applied: "wait=20", vary: "Prefer, Accept-Encoding" });
  });
});

describe("without a worker", () => {
  test("a submission that waits in vain is accepted as any other", async () => {
    const response = await post("wait=1");
    expect(headersOf(response)).toEqual({ status: 202, applied: "wait=1", vary: "Prefer" });
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    const job = await json<JobView>(response);
    expect(job).toMatchObject({ status: "queued", done: false });
    expect(job).not.toHaveProperty("result");
  });

  test.each([
    ["cancel", {}, "canceled"],
    ["expiry", { expires_in_ms: 1_000 }, "expired"],
  ])("one is answered at once after its %s", async (_, fields, status) => {
    const { id } = await submit(api.url, { ...submission, ...fields });
    const waiting = get(id, "wait=20");
    if (status === "canceled") await cancel(api.url, id);
    expect(await json<JobWithResult>(waiting)).toMatchObject({ status, result: null });
  });

  test.each([
    ["respond-async", "respond-async"],
    ["respond-async, wait=0", "respond-async, wait=0"],
    ["foo; bar, WAIT = 0", "wait=0"],
    ['wait="0"', "wait=0"],
    ["wait=0, wait=20", "wait=0"],
    ["wait", null],
    ["wait=-1", null],
    ["wait=soon", null],
    ["handling=lenient", null],
  ])("Prefer: %s is followed as far as it makes sense", async (prefer, applied) => {
    expect(headersOf(await post(prefer))).toEqual({ status: 202, applied, vary: "Prefer" });
  });

  test("nobody waits for longer than is configured", async () => {
    const impatient = await startInProcessApi({ ...newEnv(), PREFER_WAIT_MAX_S: "0" });
    const response = await post("wait=3600", submission, impatient.url);
    expect(headersOf(response)).toMatchObject({ status: 202, applied: "wait=0" });
    await impatient.close();
  });

  test("an unknown job is not waited for", async () => {
    expect((await get("job_00000000000000000000000000000000", "wait=20")).status).toBe(404);
  });

  test("a shutdown answers those who wait with what is known", async () => {
    const closing = await startInProcessApi(newEnv());
    const { id } = await submit(closing.url, submission);
    const waiting = [get(id, "wait=20", closing.url), post("wait=20", submission, closing.url)];
    await eventually("both wait", () => (closing.events.jobCount === 2 ? true : undefined));
    await closing.close();
    const answers = await Promise.all(waiting);
    expect(answers.map(({ status, headers }) => [status, headers.get("connection")])).toEqual([
      [200, "close"],
      [202, "close"],
    ]);
  });

  test("a client that goes away is not waited with", async () => {
    const { id } = await submit(api.url, submission);
    const before = api.events.jobCount;
    const call = request(`${api.url}/v1/jobs/${id}`, { headers: { Prefer: "wait=20" } });
    call.on("error", () => undefined).end();
    await eventually("it waits", () => (api.events.jobCount > before ? true : undefined));
    call.destroy();
    await eventually("nobody waits", () => (api.events.jobCount === before ? true : undefined));
  });
});
