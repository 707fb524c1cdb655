import { type IncomingHttpHeaders, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { createJobId } from "@semblance/shared/job/job-id";
import type { JobView } from "@semblance/shared/job/job-view";
import { JOB_RECORD_BYTES } from "@semblance/shared/store/ledger";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  cancel,
  type JobWithResult,
  json,
  post,
  read,
  readProblem,
  readQueue,
  submit,
  waitForEnd,
} from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";

const keyPrefix = uniqueKeyPrefix();
const submission = {
  query: "Sankt Peterburg",
  candidates: ["Saint Petersburg", { id: "7", text: "Petersburg" }],
};
let env: Record<string, string>;
let api: InProcessApi;
let redis: Redis;

beforeAll(async () => {
  env = { REDIS_URL: redisUrl(), KEY_PREFIX: keyPrefix };
  redis = connectToRedis();
  api = await startInProcessApi(env);
});

afterAll(async () => {
  await api.close();
  redis.disconnect();
});

const secret = "Wladiwostok";
const readBullJob = async (id: string) => JSON.stringify(await redis.hgetall(`${keyPrefix}:scoring:${id}`));

describe("a submission", () => {
  test("is accepted with 202, its URL, when to poll, and the job", async () => {
    const response = await post(api.url, { ...submission, metadata: { order: "17" }, expires_in_ms: 60_000 });
    const job = await json<JobView>(response);
    expect(response.status).toBe(202);
    expect(response.headers.get("location")).toBe(`/v1/jobs/${job.id}`);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(job).toEqual({
      id: expect.stringMatching(/^job_[0-9a-f]{32}$/),
      status: "queued",
      done: false,
      metric: "ratio",
      candidate_count: 2,
      created_at: expect.stringMatching(/Z$/),
      started_at: null,
      finished_at: null,
      start_before: new Date(Date.parse(job.created_at) + 60_000).toISOString(),
      result_expires_at: null,
      attempts: 0,
      progress: { scored: 0, total: 2 },
      error: null,
      metadata: { order: "17" },
      urls: {
        self: `/v1/jobs/${job.id}`,
        result: `/v1/jobs/${job.id}/result`,
        events: `/v1/jobs/${job.id}/events`,
        cancel: `/v1/jobs/${job.id}/cancel`,
      },
    });
    expect(await read(api.url, job.id)).toEqual({ ...job, result: null });
  });

  test("that is large leaves less than 2 KiB and no text in BullMQ's job", async () => {
    const candidates = Array.from({ length: 1_000 }, () => secret);
    const { id } = await submit(api.url, { query: secret, candidates, metadata: { secret } });
    const job = await readBullJob(id);
    expect(job.length).toBeLessThan(2_048);
    expect(job).not.toContain(secret);
  });

  test("that is small has its texts in BullMQ's job, where Bull Board does not show them", async () => {
    const { id } = await submit(api.url, {
      query: secret,
      candidates: [secret],
      metadata: { secret },
      metric: "levenshtein",
    });
    expect(await readBullJob(id)).toContain(secret);
    expect(await redis.exists(`${keyPrefix}:payload:${id}`)).toBe(0);
    for (const path of ["?activeQueue=scoring", "/scoring/", `/scoring/${id}`]) {
      const page = await fetch(`${api.url}/admin/queues/api/queues${path}`);
      const shown = await page.text();
      expect(shown).not.toContain(secret);
      if (path.endsWith(id))
        expect([page.status, shown]).toEqual([200, expect.stringContaining("levenshtein")]);
    }
  });

  test("has absolute URLs where PUBLIC_URL is configured", async () => {
    const other = await startInProcessApi({ ...env, PUBLIC_URL: "https://scores.example.com/" });
    const response = await post(other.url, submission);
    const job = await json<JobView>(response);
    expect(response.headers.get("location")).toBe(`https://scores.example.com/v1/jobs/${job.id}`);
    expect(job.urls.result).toBe(`https://scores.example.com/v1/jobs/${job.id}/result`);
    await other.close();
  });
});

describe("a job that nobody has taken", () => {
  test("has no result yet: 409, and when to ask again", async () => {
    const { urls } = await submit(api.url, submission);
    const response = await fetch(api.url + urls.result);
    expect((await readProblem(response)).type).toBe("/problems/not-finished");
    expect(response.status).toBe(409);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  });

  test("is canceled for good, leaves the queue, and gives its bytes back", async () => {
    const stored = `${keyPrefix}:ledger:total`;
    const before = Number(await redis.get(stored));
    const { depth } = await readQueue(api.url);
    const { id, urls } = await submit(api.url, submission);
    expect((await readQueue(api.url)).depth).toBe(depth + 1);

    const response = await cancel(api.url, id);
    const job = await json<JobView>(response);
    expect(response.status).toBe(200);
    expect(job).toMatchObject({ id, status: "canceled", done: true, error: { code: "canceled" } });
    expect(job.finished_at).not.toBeNull();
    expect(await read(api.url, id)).toEqual({ ...job, result: null });
    expect((await readQueue(api.url)).depth).toBe(depth);
    expect(Number(await redis.get(stored))).toBe(before + JOB_RECORD_BYTES);
    expect(await redis.exists(`${keyPrefix}:payload:${id}`, `${keyPrefix}:scoring:${id}`)).toBe(0);
    expect(JSON.stringify(await redis.hgetall(`${keyPrefix}:end-mark:${id}`))).not.toContain("Petersburg");

    expect((await readProblem(await cancel(api.url, id))).type).toBe("/problems/already-done");
    expect((await readProblem(await fetch(api.url + urls.result))).type).toBe("/problems/no-result");
  });

  test("keeps its metadata when it is canceled", async () => {
    const { id } = await submit(api.url, { ...submission, metadata: { order: "18" } });
    expect((await json<JobView>(cancel(api.url, id))).metadata).toEqual({ order: "18" });
  });
});

test("unknown ids are 404, whatever they look like", async () => {
  for (const id of [`job_${"0".repeat(32)}`, "1", "job_", "%00", "..%2F..", "wait", "meta"]) {
    for (const [method, path] of [
      ["GET", ""],
      ["GET", "/result"],
      ["POST", "/cancel"],
    ]) {
      const response = await fetch(`${api.url}/v1/jobs/${id}${path}`, { method: method! });
      expect([id, method, (await readProblem(response)).type]).toEqual([id, method, "/problems/not-found"]);
    }
  }
});

test("the queue says how deep it is, what it holds, and that nobody works on it", async () => {
  const queue = await readQueue(api.url);
  expect(queue).toEqual({
    depth: expect.any(Number),
    limit: 1_000,
    running: 0,
    workers: 0,
    threads: 0,
    breakers_open: 0,
    oldest_wait_ms: expect.any(Number),
    drain_rate_per_s: 0,
    estimated_wait_ms: null,
    store: { bytes: expect.any(Number), limit: expect.any(Number) },
    deliveries: { waiting: 0, sending: 0 },
    totals: { refused: 0, timed_out: 0, crashed: 0, out_of_memory: 0, delivered: 0, undelivered: 0 },
  });
});

describe("with a worker", () => {
  test("the ranking comes back whole, from the job and alone, and its payload is gone", async () => {
    const worker = await startInProcessWorker(env);
    const { id, urls } = await submit(api.url, { ...submission, metadata: { order: "19" } });
    const job = await waitForEnd(api.url, id);
    expect(job).toMatchObject({
      status: "succeeded",
      done: true,
      attempts: 1,
      error: null,
      metadata: { order: "19" },
    });
    expect(job.progress).toEqual({ scored: 2, total: 2 });
    expect(Date.parse(job.result_expires_at!) - Date.parse(job.finished_at!)).toBe(86_400_000);
    expect(job.result?.scored).toBe(2);
    expect(job.result?.results.map(({ index, id }) => [index, id])).toEqual([
      [0, null],
      [1, "7"],
    ]);
    const alone = await fetch(api.url + urls.result);
    expect(alone.headers.get("content-type")).toBe("application/json");
    expect(await alone.json()).toEqual(job.result);

    expect((await readProblem(await cancel(api.url, id))).status).toBe(409);
    expect(await redis.exists(`${keyPrefix}:payload:${id}`)).toBe(0);
    expect(await redis.hget(`${keyPrefix}:scoring:${id}`, "returnvalue")).toBe("null");
    expect(await readBullJob(id)).not.toContain("Petersburg");
    await worker.close();
  });

  test.each([1, 8_000, 65_000])(
    "a text of %i characters is scored, wherever it is stored",
    async (length) => {
      const worker = await startInProcessWorker(env);
      const text = "ж".repeat(length);
      const { id } = await submit(api.url, {
        query: 'ж"\\',
        candidates: ["", text, 'ж"\\'],
        metric: "prefix",
      });
      const { result } = await waitForEnd(api.url, id);
      expect(result?.results).toEqual([
        { index: 2, id: null, score: 1 },
        { index: 1, id: null, score: expect.closeTo(1 / Math.max(3, length), 12) },
        { index: 0, id: null, score: 0 },
      ]);
      await worker.close();
    },
  );
});

describe("a result", () => {
  /** Without undici's own decompression. */
  const get = (url: string, headers: Record<string, string> = {}) =>
    new Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
      const call = request(url, { headers }, async (response) => {
        resolve({ status: response.statusCode!, headers: response.headers, body: await buffer(response) });
      });
      call.on("error", reject).end();
    });
  let job: JobWithResult;
  let large: JobWithResult;

  beforeAll(async () => {
    const worker = await startInProcessWorker(env);
    const names = Array.from({ length: 30_000 }, (_, index) => `${index} Straße`);
    job = await waitForEnd(
      api.url,
      (await submit(api.url, { ...submission, candidates: names.slice(0, 100) })).id,
    );
    large = await waitForEnd(api.url, (await submit(api.url, { ...submission, candidates: names })).id);
    await worker.close();
  });

  test.each(["gzip", "zstd"] as const)(
    "is sent as %s to who accepts it, whatever its size",
    async (encoding) => {
      const decode = { gzip: gunzipSync, zstd: zstdDecompressSync }[encoding];
      for (const { urls, id } of [job, large]) {
        for (const url of [urls.self, urls.result]) {
          const plain = await get(api.url + url);
          const encoded = await get(api.url + url, { "Accept-Encoding": encoding });
          expect([plain.headers["content-encoding"], encoded.headers["content-encoding"]]).toEqual([
            undefined,
            encoding,
          ]);
          expect(decode(encoded.body).equals(plain.body)).toBe(true);
          expect(encoded.body.length).toBeLessThan(plain.body.length / 2);
          expect([plain.headers.etag, encoded.headers.etag]).toEqual([`"${id}"`, `"${id}-${encoding}"`]);
          expect(encoded.headers.vary).toContain("Accept-Encoding");
        }
        expect(JSON.parse((await get(api.url + urls.self)).body.toString()).result).toEqual(
          JSON.parse((await get(api.url + urls.result)).body.toString()),
        );
      }
      expect(large.result?.results.length).toBe(30_000);
    },
  );

  test("is not sent again to who has it", async () => {
    const { urls, id } = job;
    const status = async (tag: string, encoding = "identity") =>
      (await get(api.url + urls.result, { "If-None-Match": tag, "Accept-Encoding": encoding })).status;
    expect(await status(`"${id}"`)).toBe(304);
    expect(await status(`"x", W/"${id}"`)).toBe(304);
    expect(await status("*")).toBe(304);
    expect(await status(`"${id}-gzip"`, "gzip")).toBe(304);
    expect(await status(`"${id}"`, "gzip")).toBe(200);
    expect(await status('"x"')).toBe(200);
    const known = await get(api.url + urls.self, { "If-None-Match": `"${id}"` });
    expect([known.status, known.body.length, known.headers.etag]).toEqual([304, 0, `"${id}"`]);
  });
});

test("an error from inside is a 500 that says nothing of it", async () => {
  const id = createJobId();
  await redis.set(`${keyPrefix}:scoring:${id}`, "no hash at all");
  const response = await fetch(`${api.url}/v1/jobs/${id}`);
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(JSON.parse(text)).toMatchObject({ type: "/problems/internal", status: 500 });
  expect(text).not.toMatch(/WRONGTYPE|Redis|scoring/);
});

test("a payload is kept until its job can no longer start, and a day longer", async () => {
  const candidates = ["x".repeat(20_000)];
  const { id } = await submit(api.url, { ...submission, candidates, expires_in_ms: 60_000 });
  const lifetimeMs = await redis.pttl(`${keyPrefix}:payload:${id}`);
  expect(lifetimeMs).toBeGreaterThan(86_400_000);
  expect(lifetimeMs).toBeLessThanOrEqual(86_400_000 + 60_000);
});

test("an ended job is shown for its time, and then unknown", async () => {
  const short = { ...env, KEY_PREFIX: uniqueKeyPrefix(), RESULT_TTL_S: "2" };
  const shortApi = await startInProcessApi(short);
  const worker = await startInProcessWorker(short);
  const { id } = await submit(shortApi.url, submission);
  const ended = await waitForEnd(shortApi.url, id);
  expect(Date.parse(ended.result_expires_at!) - Date.parse(ended.finished_at!)).toBe(2_000);
  const canceled = await submit(shortApi.url, submission);
  await cancel(shortApi.url, canceled.id);
  for (const gone of [id, canceled.id]) {
    await eventually("it is unknown", async () =>
      (await fetch(`${shortApi.url}/v1/jobs/${gone}`)).status === 404 ? true : undefined,
    );
  }
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(ended.result_expires_at!));
  await worker.close();
  await shortApi.close();
});
