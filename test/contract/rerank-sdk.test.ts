import { type Cohere, CohereClient, CohereClientV2, CohereError } from "cohere-ai";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { json, readQueue, submit, waitForEnd } from "../support/client.ts";
import { type InProcessApi, startInProcessApi } from "../support/in-process-api.ts";
import { startInProcessWorker } from "../support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";

const query = "Sankt Peterburg";
const documents = ["Moscow", "Petersburg", "Saint Petersburg", "Sankt Pölten \u{1f3f0}"];
const model = "rerank-v3.5";

const newEnv = () => ({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() });

/** Cohere's own clients, of either version, asking our API; they would try again what may be tried again. */
const clientsOf = ({ url }: InProcessApi) => {
  const options = { token: "none", environment: url, maxRetries: 0 };
  return { v1: new CohereClient(options), v2: new CohereClientV2(options) };
};

const startApi = async (env: Record<string, string>) => {
  const api = await startInProcessApi(env);
  onTestFinished(() => api.close());
  return api;
};

/** What the same job scores when it is submitted as a job. */
const scoredAsJob = async (url: string, submission: object): Promise<{ index: number; score: number }[]> => {
  const { id } = await submit(url, submission);
  return (await waitForEnd(url, id)).result!.results;
};

const toPairs = (results: Cohere.RerankResponseResultsItem[]) =>
  results.map(({ index, relevanceScore }) => ({ index, score: relevanceScore }));

const errorOf = async (call: PromiseLike<unknown>): Promise<CohereError> => {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CohereError) return error;
  throw error ?? new Error("it was answered");
};

describe("with a worker", () => {
  let api: InProcessApi;
  let worker: { close: () => Promise<void> };
  let v1: CohereClient;
  let v2: CohereClientV2;

  beforeAll(async () => {
    const env = newEnv();
    api = await startInProcessApi(env);
    worker = await startInProcessWorker(env);
    ({ v1, v2 } = clientsOf(api));
  });
  afterAll(async () => {
    await worker.close();
    await api.close();
  });

  const expected = async (fields: object = {}) =>
    (await scoredAsJob(api.url, { query, candidates: documents, ...fields })).map(({ index, score }) => ({
      index,
      score,
    }));

  test("both versions rank strings as a job does, and the answer's id is the job's", async () => {
    for (const answer of [
      await v1.rerank({ query, documents }),
      await v2.rerank({ model, query, documents }),
    ]) {
      expect(toPairs(answer.results)).toEqual(await expected());
      expect((await waitForEnd(api.url, answer.id!)).status).toBe("succeeded");
    }
  });

  test("the version is told, and that nothing is billed", async () => {
    expect((await v1.rerank({ query, documents })).meta).toEqual({
      apiVersion: { version: "1" },
      billedUnits: { searchUnits: 0 },
    });
    expect((await v2.rerank({ model, query, documents })).meta?.apiVersion).toEqual({ version: "2" });
  });

  test("documents may be objects with a text, and be mixed with strings", async () => {
    const mixed = documents.map((text, index) => (index % 2 ? text : { text }));
    expect(toPairs((await v1.rerank({ query, documents: mixed })).results)).toEqual(await expected());
  });

  test("topN is how many come back, and may be more than there are", async () => {
    expect(toPairs((await v2.rerank({ model, query, documents, topN: 2 })).results)).toEqual(
      (await expected()).slice(0, 2),
    );
    expect((await v1.rerank({ query, documents, topN: 99 })).results).toHaveLength(documents.length);
  });

  test("version 1 returns the documents when it is asked to, objects as they came", async () => {
    const mixed = [
      { text: documents[0]! },
      documents[1]!,
      { id: "\u{1f3f0}", text: documents[2]! },
      documents[3]!,
    ];
    const { results } = await v1.rerank({ query, documents: mixed, returnDocuments: true });
    expect(results.map(({ index, document }) => [index, document])).toEqual(
      (await expected()).map(({ index }) => {
        const document = mixed[index]!;
        return [index, typeof document === "string" ? { text: document } : document];
      }),
    );
    for (const answer of [
      await v1.rerank({ query, documents }),
      await v1.rerank({ query, documents, returnDocuments: false }),
      await v2.rerank({ model, query, documents }),
    ]) {
      expect(answer.results.filter((result) => "document" in result)).toEqual([]);
    }
  });

  test("a model that is one of our metrics is the metric, and any other stands for the default one", async () => {
    for (const name of ["jaro_winkler", "semblance/jaro_winkler"]) {
      expect(toPairs((await v2.rerank({ model: name, query, documents })).results)).toEqual(
        await expected({ metric: "jaro_winkler" }),
      );
    }
    for (const name of ["rerank-v3.5", "cohere/jaro_winkler", "", "toString"]) {
      expect(toPairs((await v2.rerank({ model: name, query, documents })).results)).toEqual(await expected());
    }
  });

  test("what has no meaning here is accepted", async () => {
    const fields = { maxTokensPerDoc: 4_096, priority: 3 };
    expect(toPairs((await v2.rerank({ model, query, documents, ...fields })).results)).toEqual(
      await expected(),
    );
    expect(
      toPairs((await v1.rerank({ query, documents, maxChunksPerDoc: 10, rankFields: ["text"] })).results),
    ).toEqual(await expected());
  });

  test("large documents come back as they were, and each result as a job's", async () => {
    const large = Array.from(
      { length: 20_000 },
      (_, index) => `${index} ${'Straße "\\ \u{1f3f0} '.repeat(index % 20)}`,
    );
    const { results } = await v1.rerank({ query, documents: large, returnDocuments: true });
    expect(results).toHaveLength(large.length);
    expect(results.filter(({ index, document }) => document?.text !== large[index])).toEqual([]);
    expect(toPairs(results)).toEqual(
      (await scoredAsJob(api.url, { query, candidates: large })).map(({ index, score }) => ({
        index,
        score,
      })),
    );
    const { results: best } = await v1.rerank({ query, documents: large, returnDocuments: true, topN: 3 });
    expect(best).toEqual(results.slice(0, 3));
  });
});

describe("an error", () => {
  let api: InProcessApi;

  beforeEach(async () => {
    api = await startApi({ ...newEnv(), QUEUE_DEPTH_MAX: "1", PREFER_WAIT_MAX_S: "0" });
  });

  test("of the request is the SDK's own, with its places in its body and its message", async () => {
    const { v1, v2 } = clientsOf(api);
    for (const call of [v1.rerank({ query: "", documents }), v2.rerank({ model, query: "", documents })]) {
      const error = await errorOf(call);
      expect(error).toMatchObject({
        name: "UnprocessableEntityError",
        statusCode: 422,
        body: {
          type: "/problems/invalid-request",
          errors: [{ pointer: "/query" }],
          message: "/query: the query is empty",
        },
      });
      expect(error.message).toContain("/query: the query is empty");
    }
  });

  test("of the queue says that it is full, and when to try again", async () => {
    await submit(api.url, { query, candidates: documents });
    const error = await errorOf(clientsOf(api).v2.rerank({ model, query, documents }));
    expect(error).toMatchObject({
      name: "ServiceUnavailableError",
      statusCode: 503,
      body: { type: "/problems/queue-full", depth: 1, limit: 1, message: "1 jobs wait, and 1 may." },
    });
    expect(Number(error.rawResponse?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await readQueue(api.url)).depth).toBe(1);
  });
});

test("a job that is not done in time goes on at its URL, and ends once a worker comes", async () => {
  const env = newEnv();
  const api = await startApi({ ...env, PREFER_WAIT_MAX_S: "0" });
  const error = await errorOf(clientsOf(api).v1.rerank({ query, documents, topN: 1 }));
  expect(error).toMatchObject({ name: "GatewayTimeoutError", statusCode: 504 });
  const { type, job } = error.body as { type: string; job: string };
  expect(type).toBe("/problems/not-in-time");
  expect(error.rawResponse?.headers.get("location")).toBe(job);
  expect(Number(error.rawResponse?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect(await json(fetch(api.url + job))).toMatchObject({ status: "queued", candidate_count: 4 });

  const worker = await startInProcessWorker(env);
  onTestFinished(() => worker.close());
  const ended = await waitForEnd(api.url, job.split("/").at(-1)!);
  expect(ended).toMatchObject({ status: "succeeded", result: { results: [{ index: 2 }], scored: 4 } });
});

test("a client that waits is answered as soon as a worker has come", async () => {
  const env = newEnv();
  const api = await startApi({ ...env, PREFER_WAIT_MAX_S: "20" });
  const waiting = clientsOf(api).v2.rerank({ model, query, documents, topN: 1 });
  const worker = await startInProcessWorker(env);
  onTestFinished(() => worker.close());
  expect((await waiting).results).toMatchObject([{ index: 2 }]);
});
