import type { JobView } from "@semblance/shared/job/job-view";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { cancel, json, type ProblemBody, readProblem, readQueue } from "../../../test/support/client.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { MISDEEDS } from "../../../test/support/misdeeds.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { createApiKey } from "../src/tenants/api-key.ts";

interface Answer {
  id: string;
  results: { index: number; relevance_score: number; document?: { text: string } }[];
}

const newEnv = () => ({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() });
const ask = { query: "a", documents: ["a", "b"] };

const rerank = (url: string, body: unknown, version = 1, init: RequestInit = {}) =>
  fetch(`${url}/v${version}/rerank`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
  });

const readMessage = async (response: Response) =>
  (await readProblem(response)) as ProblemBody & { message: string };

const startApi = async (env: Record<string, string>) => {
  const api = await startInProcessApi(env);
  onTestFinished(() => api.close());
  return api;
};

const startWorker = async (env: Record<string, string>, processor?: URL) => {
  const worker = await startInProcessWorker(env, processor);
  onTestFinished(() => worker.close());
};

describe("a bad request", () => {
  let api: InProcessApi;

  beforeAll(async () => {
    api = await startInProcessApi({ ...newEnv(), PREFER_WAIT_MAX_S: "0" });
  });
  afterAll(() => api.close());

  const large = Array.from({ length: 20_000 }, (_, index) => `${index} Straße`);

  test.each([
    ["no query", { documents: ["a"] }, ["/query"]],
    ["no documents", { query: "a" }, ["/documents"]],
    ["none in them", { query: "a", documents: [] }, ["/documents"]],
    ["documents under a job's name", { query: "a", candidates: ["a"] }, ["/candidates", "/documents"]],
    ["documents and candidates", { ...ask, candidates: ["a"] }, ["/candidates"]],
    ["a document without a text", { query: "a", documents: ["a", { id: "b" }] }, ["/documents/1/text"]],
    [
      "a document with further fields",
      { query: "a", documents: [{ text: "a", title: "b" }] },
      ["/documents/0/title"],
    ],
    [
      "one among many",
      { query: "a", documents: [...large, { text: "a", url: "b" }] },
      ["/documents/20000/url"],
    ],
    ["a number as a document", { query: "a", documents: ["a", 5] }, ["/documents/1"]],
    ["fields to rank by that are not there", { ...ask, rank_fields: ["title", "text"] }, ["/rank_fields/0"]],
    ["none to be returned", { ...ask, top_n: 0 }, ["/top_n"]],
    ["a model that is no text", { ...ask, model: 5 }, ["/model"]],
    ["an unknown field, as Cohere refuses it, too", { ...ask, top_k: 3 }, ["/top_k"]],
  ])("with %s is refused at its place, in both versions", async (_, body, pointers) => {
    for (const version of [1, 2]) {
      const problem = await readMessage(await rerank(api.url, body, version));
      expect([problem.status, problem.type]).toEqual([422, "/problems/invalid-request"]);
      expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
      expect(problem.message).toContain(`${pointers[0]}: ${problem.errors![0]!.detail}`);
    }
    expect((await readQueue(api.url)).depth).toBe(0);
  });

  test.each([
    ["broken JSON", '{"query":"a","documents":["a"', {}, 400, "invalid-json"],
    ["an array", "[]", {}, 422, "invalid-request"],
    [
      "another content type",
      "a",
      { headers: { "Content-Type": "text/plain" } },
      415,
      "unsupported-media-type",
    ],
    [
      "an encoding of its own",
      "a",
      { headers: { "Content-Type": "application/json", "Content-Encoding": "gzip" } },
      415,
      "unsupported-media-type",
    ],
  ])("of %s is refused with a message", async (_, body, init, status, slug) => {
    const problem = await readMessage(await rerank(api.url, body, 2, init));
    expect([problem.status, problem.type]).toEqual([status, `/problems/${slug}`]);
    expect(problem.message).toMatch(/\S/);
  });

  test("without a key, or of whom no answer would do, is refused with a message", async () => {
    const strict = await startApi({ ...newEnv(), API_KEYS: createApiKey("acme").line });
    expect(await readMessage(await rerank(strict.url, ask))).toMatchObject({
      status: 401,
      message: "There is no Authorization header.",
    });
    const headers = { "Content-Type": "application/json", Accept: "image/png" };
    const problem = await readMessage(await rerank(api.url, ask, 2, { headers }));
    expect([problem.status, problem.message]).toEqual([406, expect.stringMatching(/\S/)]);
  });

  test("of more bytes than are allowed is refused", async () => {
    const strict = await startApi({ ...newEnv(), BODY_BYTES_MAX: "20" });
    expect(await readMessage(await rerank(strict.url, ask))).toMatchObject({
      status: 413,
      message: "The body is larger than 20 bytes.",
    });
  });
});

describe("with a worker", () => {
  let env: Record<string, string>;
  let api: InProcessApi;
  let worker: { close: () => Promise<void> };

  beforeAll(async () => {
    env = newEnv();
    api = await startInProcessApi(env);
    worker = await startInProcessWorker(env);
  });
  afterAll(async () => {
    await worker.close();
    await api.close();
  });

  test("the answer tells where its job is, and has what Cohere's has and nothing else", async () => {
    const response = await rerank(api.url, { ...ask, return_documents: true });
    const answer = await json<Answer>(response);
    expect(response.status).toBe(200);
    expect(response.headers.get("location")).toBe(`/v1/jobs/${answer.id}`);
    expect(answer).toEqual({
      id: expect.stringMatching(/^job_/),
      results: [
        { index: 0, relevance_score: 1, document: { text: "a" } },
        { index: 1, relevance_score: 0, document: { text: "b" } },
      ],
      meta: { api_version: { version: "1" }, billed_units: { search_units: 0 } },
    });
  });

  test("what is absent may be null, and version 2 returns no documents", async () => {
    const nothing = Object.fromEntries(
      ["model", "top_n", "return_documents", "rank_fields", "max_tokens_per_doc", "priority"].map((name) => [
        name,
        null,
      ]),
    );
    expect((await json<Answer>(rerank(api.url, { ...ask, ...nothing }))).results).toHaveLength(2);
    const { results } = await json<Answer>(rerank(api.url, { ...ask, return_documents: true }, 2));
    expect(results[0]).toEqual({ index: 0, relevance_score: 1 });
  });

  test.each([
    [
      "indented",
      JSON.stringify({ query: "a", return_documents: true, documents: ["b", { text: "a" }] }, null, 2),
    ],
    [
      "with escapes",
      '{"documents":["\\u0062",{"te\\u0078t":"\\u0061"}],"query":"a","return_documents":true}',
    ],
    [
      "with the documents' name escaped",
      '{"d\\u006fcuments":["b",{"text":"a"}],"query":"a","return_documents":true}',
    ],
    [
      "with documents twice, of which the last count",
      '{"documents":5,"query":"a","return_documents":true,"documents":["b",{"text":"a"}]}',
    ],
    [
      "with a text twice, of which the last counts",
      '{"query":"a","return_documents":true,"documents":["b",{"text":"b","text":"a"}]}',
    ],
  ])("a request that is written oddly is answered as any other: %s", async (_, body) => {
    expect((await json<Answer>(rerank(api.url, body))).results).toEqual([
      { index: 1, relevance_score: 1, document: { text: "a" } },
      { index: 0, relevance_score: 0, document: { text: "b" } },
    ]);
  });

  test("ids that look like results do not disturb the answer", async () => {
    const ids = ['","score":5},{"index":9,"id":"', "\\", "é\u{1f3f0}".repeat(100), "]}"];
    const documents = Array.from({ length: 5_000 }, (_, index) => ({ id: ids[index % 4], text: `${index}` }));
    const { results } = await json<Answer>(
      rerank(api.url, { query: "1", documents, return_documents: true }),
    );
    expect(results).toHaveLength(5_000);
    expect(results.filter(({ index, document }) => document!.text !== documents[index]!.text)).toEqual([]);
    expect(results.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([...documents.keys()]);
  });
});

test("a job that was ended by others has no result, and its URL says why", async () => {
  const api = await startApi({ ...newEnv(), PREFER_WAIT_MAX_S: "20" });
  const waiting = rerank(api.url, ask);
  await eventually("it waits", () => (api.events.jobCount === 1 ? true : undefined));
  const board = await json<{ queues: { jobs: { id: string }[] }[] }>(
    fetch(`${api.url}/admin/queues/api/queues?activeQueue=scoring&status=prioritized`),
  );
  await cancel(api.url, board.queues[0]!.jobs[0]!.id);
  const response = await waiting;
  expect(await readMessage(response.clone())).toMatchObject({ status: 409, type: "/problems/no-result" });
  const job = await json<JobView>(fetch(api.url + response.headers.get("location")));
  expect(job.status).toBe("canceled");
});

test("a job that fails is told with its reason, in a way that no client tries again by itself", async () => {
  const env = newEnv();
  const api = await startApi({ ...env, JOB_TIMEOUT_MS: "200" });
  await startWorker(env, new URL("../../../test/support/misbehaving-processor.ts", import.meta.url));
  const documents = Array.from({ length: MISDEEDS["spins in JavaScript"] }, String);
  const response = await rerank(api.url, { query: "a", documents });
  const job = await json<JobView>(fetch(api.url + response.headers.get("location")));
  expect(job).toMatchObject({ status: "failed", error: { code: "timed_out" } });
  expect(await readMessage(response)).toMatchObject({
    status: 422,
    type: "/problems/job-failed",
    message: `The job ended as failed: ${job.error!.message}.`,
  });
});

test("the job of a client that goes away is canceled, since nobody else knows of it", async () => {
  const api = await startApi({ ...newEnv(), PREFER_WAIT_MAX_S: "20" });
  const gone = new AbortController();
  const call = rerank(api.url, { ...ask, return_documents: true }, 1, { signal: gone.signal });
  await eventually("it waits", () => (api.events.jobCount === 1 ? true : undefined));
  expect((await readQueue(api.url)).depth).toBe(1);
  gone.abort();
  await expect(call).rejects.toThrow();
  await eventually("it is canceled", async () => ((await readQueue(api.url)).depth === 0 ? true : undefined));
});

test("documents are kept for so many requests at once, and room comes back as these are answered", async () => {
  const env = newEnv();
  const api = await startApi({ ...env, BODY_BYTES_MAX: String(2 ** 26), PREFER_WAIT_MAX_S: "60" });
  // Of 22 MB, and 64 MiB are kept in all.
  const documents = Array.from({ length: 350 }, () => "x".repeat(65_000));
  const body = JSON.stringify({ query: "a", documents, top_n: 1, return_documents: true });
  const kept = [rerank(api.url, body), rerank(api.url, body)];
  await eventually("both wait", () => (api.events.jobCount === 2 ? true : undefined));
  expect(await readMessage(await rerank(api.url, body))).toMatchObject({
    status: 503,
    type: "/problems/overloaded",
    message: "Too many documents are kept to be returned.",
  });
  expect((await readQueue(api.url)).depth).toBe(2);

  await startWorker(env);
  for (const response of await Promise.all(kept)) {
    expect((await json<Answer>(response)).results[0]!.document!.text).toHaveLength(65_000);
  }
  expect((await rerank(api.url, body)).status).toBe(200);
}, 90_000);

test("a shutdown tells those who wait where their jobs go on", async () => {
  const env = { ...newEnv(), PREFER_WAIT_MAX_S: "20" };
  const [closing, other] = [await startInProcessApi(env), await startApi(env)];
  const waiting = rerank(closing.url, ask);
  await eventually("it waits", () => (closing.events.jobCount === 1 ? true : undefined));
  await closing.close();
  const response = await waiting;
  expect((await readMessage(response.clone())).type).toBe("/problems/not-in-time");
  const job = await json<JobView>(fetch(other.url + response.headers.get("location")));
  expect(job.status).toBe("queued");
});
