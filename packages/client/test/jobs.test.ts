import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { type InProcessWorker, startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { longJob } from "../../../test/support/long-job.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { ProblemError } from "../src/errors.ts";
import { Semblance } from "../src/semblance.ts";
import { json, startAnsweringServer } from "./answering-server.ts";

const input = { query: "Sankt Peterburg", candidates: ["Petersburg", { id: "b", text: "Sankt Peterburg" }] };
let api: InProcessApi;
let worker: InProcessWorker;
let semblance: Semblance;

beforeAll(async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  api = await startInProcessApi(env);
  worker = await startInProcessWorker(env);
  semblance = new Semblance({ url: api.url });
});

afterAll(async () => {
  await worker.close();
  await api.close();
});

test("a job is submitted, waited for, read, its result alone too, and deleted", async () => {
  const submitted = await semblance.submit({ ...input, metadata: { order: "17" } });
  expect(submitted).toMatchObject({ candidate_count: 2, metadata: { order: "17" } });
  const ended = await semblance.wait(submitted.id);
  expect(ended).toMatchObject({ id: submitted.id, status: "succeeded", done: true });
  expect(ended.result?.results[0]).toEqual({ index: 1, id: "b", score: 1 });
  expect(await semblance.get(submitted.id)).toEqual(ended);
  expect(await semblance.result(submitted.id)).toEqual(ended.result);
  const second = await semblance.result(submitted.id, { limit: 1, offset: 1 });
  expect(second.results).toEqual(ended.result?.results.slice(1));

  await semblance.delete(submitted.id);
  await expect(semblance.get(submitted.id)).rejects.toMatchObject({ code: "not-found", status: 404 });
});

test("to delete what is not there any more is no failure", async () => {
  const { id } = await semblance.submit(input, { waitS: 20 });
  await semblance.delete(id);
  await semblance.delete(id);
});

test("a submission that waits brings its result", async () => {
  const job = await semblance.submit(input, { waitS: 20 });
  expect(job).toMatchObject({ status: "succeeded", result: { scored: 2 } });
});

test("the state of the queue is read", async () => {
  expect(await semblance.queue()).toMatchObject({
    depth: 0,
    workers: 1,
    limit: expect.any(Number),
    deliveries: { waiting: 0 },
    totals: { refused: 0 },
  });
});

test("a job's place in line is read", async () => {
  const idle = await startInProcessApi({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() });
  onTestFinished(() => idle.close());
  const client = new Semblance({ url: idle.url });
  const { id } = await client.submit(input);
  expect(await client.position(id)).toEqual({ position: 1, estimated_wait_ms: null });
  await client.cancel(id);
  expect(await client.position(id)).toEqual({ position: null, estimated_wait_ms: null });
});

test("why a job's attempts failed is read", async () => {
  const { id } = await semblance.submit(
    { ...longJob, metric: "damerau_levenshtein", timeout_ms: 100 },
    { waitS: 20 },
  );
  expect(await semblance.attempts(id)).toEqual([
    { attempt: 1, error: { code: "timed_out", message: expect.any(String) } },
  ]);
});

test("the similarity metrics are read, with what each may be told", async () => {
  const metrics = await semblance.similarityMetrics();
  const found = metrics.find(({ name }) => name === "jaro_winkler");
  expect(found?.options).toMatchObject([{ name: "prefix_weight", type: "number" }]);
});

test("what breaks the schema is told by its place, in the error and its message", async () => {
  const error = await semblance.submit({ ...input, top_n: 0 }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProblemError);
  expect(error).toMatchObject({
    code: "invalid-request",
    slug: "invalid-request",
    status: 422,
    title: "The request breaks the schema or a limit",
    detail: expect.any(String),
    errors: [{ pointer: "/top_n", detail: expect.any(String) }],
    retryAfterS: null,
  });
  expect((error as Error).message).toMatch(/^The request breaks the schema or a limit: .*\n {2}\/top_n: /s);
});

test("a path before the API's own, a key and the parameters of lists and results reach the server", async () => {
  const page = { jobs: [], next_cursor: null };
  const { url, requests } = await startAnsweringServer(json(200, page));
  const client = new Semblance({ url: `${url}/below/`, apiKey: "key-1" });
  expect(await client.list({ status: "failed", limit: 10, cursor: "a&b" })).toEqual(page);
  await client.list();
  await client.result("job/1", { limit: 5, offset: 0 });
  expect(requests.map(({ path }) => path)).toEqual([
    "/below/v1/jobs?status=failed&limit=10&cursor=a%26b",
    "/below/v1/jobs",
    "/below/v1/jobs/job%2F1/result?limit=5&offset=0",
  ]);
  for (const { headers } of requests) expect(headers.authorization).toBe("Bearer key-1");
});

test("a batch is sent whole, and its items come back in order", async () => {
  const items = [
    { status: 202, job: { id: "job_1" } },
    { status: 422, problem: { type: "/problems/invalid-request", title: "No", status: 422 } },
  ];
  const { url, requests } = await startAnsweringServer(json(207, { items }));
  expect(await new Semblance({ url }).submitBatch([input, input])).toEqual(items);
  const [{ method, path, headers, body }] = requests as [(typeof requests)[0]];
  expect([method, path, JSON.parse(body)]).toEqual(["POST", "/v1/jobs/batch", { jobs: [input, input] }]);
  expect(headers["idempotency-key"]).toMatch(/^[0-9a-f-]{36}$/);
});

test("a batch is accepted or refused one by one, and listed page by page", async () => {
  const own = new Semblance({ url: api.url });
  const items = await own.submitBatch([input, { ...input, top_n: 0 }, input]);
  expect(items.map(({ status }) => status)).toEqual([202, 422, 202]);
  const ids = items.flatMap(({ job }) => (job ? [job.id] : []));
  await Promise.all(ids.map((id) => own.wait(id)));
  const first = await own.list({ status: "succeeded", limit: 1 });
  const second = await own.list({ status: "succeeded", limit: 1, cursor: first.next_cursor ?? "" });
  const listed = [...first.jobs, ...second.jobs].map(({ id }) => id);
  expect(listed.toSorted()).toEqual(ids.toSorted());
});

test("the fetch that is given sends the requests", async () => {
  const urls: string[] = [];
  const client = new Semblance({
    url: api.url,
    fetch: (url, init) => {
      urls.push(String(url));
      return fetch(url, init);
    },
  });
  await client.queue();
  expect(urls).toEqual([`${api.url}/v1/queue`]);
});
