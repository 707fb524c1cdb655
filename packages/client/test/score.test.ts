import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { read, readQueue, waitFor } from "../../../test/support/client.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { type InProcessWorker, startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { misdeed } from "../../../test/support/misdeeds.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { JobFailedError, TimeoutError } from "../src/errors.ts";
import { Semblance } from "../src/semblance.ts";
import type { Submission } from "../src/wire-types.ts";
import { json, startAnsweringServer } from "./answering-server.ts";

const MISBEHAVING = new URL("../../../test/support/misbehaving-processor.ts", import.meta.url);
const input = { query: "abc", candidates: ["abd", "abc"] };

describe("with a worker", () => {
  let api: InProcessApi;
  let worker: InProcessWorker;
  let semblance: Semblance;
  const start = async (processor?: URL) => {
    const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
    api = await startInProcessApi(env);
    worker = await startInProcessWorker(env, processor);
    semblance = new Semblance({ url: api.url });
  };
  afterEach(async () => {
    await worker.close();
    await api.close();
  });

  test("a score is the result", async () => {
    await start();
    const { results, scored } = await semblance.score({ ...input, metric: "levenshtein" });
    expect(scored).toBe(2);
    expect(results).toEqual([
      { index: 1, id: null, score: 1 },
      { index: 0, id: null, score: 1 - 1 / 3 },
    ]);
  });

  test("a hundred scores at once each get their own result", async () => {
    await start();
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        semblance.score({ query: "a", candidates: [{ id: `${index}`, text: "a" }] }),
      ),
    );
    expect(results.map((result) => result.results[0]?.id)).toEqual(results.map((_, index) => `${index}`));
  });

  test("a job that takes longer than its submission waits is waited for", async () => {
    await start(MISBEHAVING);
    expect(await semblance.score(misdeed("none, for a second") as Submission)).toMatchObject({ scored: 0 });
  });

  test("a job that fails is an error with the job's code and the job", async () => {
    await start(MISBEHAVING);
    const hung = misdeed("spins in JavaScript", { timeout_ms: 100 }) as Submission;
    const error = await semblance.score(hung).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(JobFailedError);
    expect(error).toMatchObject({ code: "timed_out", job: { status: "failed", done: true } });
  });
});

describe("without a worker", () => {
  let api: InProcessApi;
  let semblance: Semblance;
  /** The ids of what was accepted, as the client's own connection saw them. */
  const accepted: string[] = [];

  beforeAll(async () => {
    api = await startInProcessApi({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() });
    semblance = new Semblance({
      url: api.url,
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        const id = response.headers.get("location")?.split("/").at(-1);
        if (id) accepted.push(id);
        return response;
      },
    });
  });
  afterEach(() => accepted.splice(0));
  afterAll(() => api.close());

  const isCanceled = () =>
    waitFor(api.url, accepted[0]!, (job) => job.status === "canceled").then(({ status }) => status);

  test("a signal that aborts while the submission waits ends the score at once, and cancels the job", async () => {
    const stop = new AbortController();
    const scoring = semblance.score(input, { signal: stop.signal });
    await eventually("it is accepted", async () => ((await readQueue(api.url)).depth > 0 ? true : undefined));
    stop.abort(new Error("the client has gone"));
    await expect(scoring).rejects.toThrow("the client has gone");
    expect(accepted).toEqual([]);
    await eventually("its id is known", () => (accepted.length > 0 ? true : undefined));
    expect(await isCanceled()).toBe("canceled");
  });

  test("a signal that aborts while the job is waited for cancels the job", async () => {
    const stop = new AbortController();
    const scoring = semblance.score(input, { signal: stop.signal });
    await eventually("it waits", () => (accepted.length > 0 ? true : undefined));
    stop.abort(new Error("the client has gone"));
    await expect(scoring).rejects.toThrow("the client has gone");
    expect(await isCanceled()).toBe("canceled");
  });

  test("a job that is not done in time is canceled", async () => {
    await expect(semblance.score(input, { timeoutMs: 1_200 })).rejects.toBeInstanceOf(TimeoutError);
    expect(await isCanceled()).toBe("canceled");
  });

  test("a job that expires is an error, and is left alone", async () => {
    await expect(semblance.score({ ...input, expires_in_ms: 1_000 })).rejects.toMatchObject({
      code: "expired",
    });
    expect(await read(api.url, accepted[0]!)).toMatchObject({ status: "expired" });
  });

  test("nothing is submitted when the signal aborted before", async () => {
    const { depth } = await readQueue(api.url);
    await expect(semblance.score(input, { signal: AbortSignal.abort() })).rejects.toThrow();
    expect((await readQueue(api.url)).depth).toBe(depth);
  });
});

test("an earlier submission's answer that shows no result is completed by a read", async () => {
  const job = { id: "job_1", status: "succeeded", done: true };
  const result = { results: [], scored: 1, duration_ms: 1 };
  const { url } = await startAnsweringServer(json(200, job), json(200, { ...job, result }));
  expect(await new Semblance({ url }).score(input)).toEqual(result);
});
