import { JOB_RECORD_BYTES } from "@semblance/shared/store/ledger";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { json, type ProblemBody, readProblem, readQueue, waitForEnd } from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { startOwnApi } from "../../../test/support/own-api.ts";

interface Item {
  status: number;
  job?: { id: string; status: string; candidate_count: number; metadata: Record<string, string> };
  problem?: ProblemBody;
}

const submission = { query: "a", candidates: ["b"] };
let redis: Redis;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(() => redis.disconnect());

const send = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/jobs/batch`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

const itemsOf = async (response: Response): Promise<Item[]> => {
  expect(response.status).toBe(207);
  return (await json<{ items: Item[] }>(response)).items;
};

const sendJobs = async (url: string, jobs: unknown[], headers?: Record<string, string>) =>
  itemsOf(await send(url, { jobs }, headers));

describe("a batch", () => {
  test("answers for each of its jobs, in their order", async () => {
    const { url } = await startOwnApi();
    const items = await sendJobs(url, [
      { ...submission, metadata: { n: "0" } },
      { query: 5 },
      7,
      { query: "x", candidates: ["y", { id: "z", text: "\u{1F600}" }], metadata: { n: "3" } },
      { query: "x", candidates: [1] },
    ]);
    expect(items.map(({ status }) => status)).toEqual([202, 422, 422, 202, 422]);
    expect([items[0]!.job!.metadata, items[3]!.job!.metadata]).toEqual([{ n: "0" }, { n: "3" }]);
    expect(items[3]!.job).toMatchObject({ status: "queued", candidate_count: 2 });
    const pointers = (item: Item) => item.problem!.errors!.map(({ pointer }) => pointer);
    expect([1, 2, 4].map((index) => pointers(items[index]!))).toEqual([
      ["/query", "/candidates"],
      [""],
      ["/candidates/0"],
    ]);
    expect(items[1]!.problem).toMatchObject({ type: "/problems/invalid-request", status: 422 });
    expect((await readQueue(url)).depth).toBe(2);
  });

  test("of a thousand, small and large ones, is scored as a thousand submissions would be", async () => {
    const { url, env } = await startOwnApi();
    const worker = await startInProcessWorker(env);
    onTestFinished(() => worker.close());
    const jobs = Array.from({ length: 1_000 }, (_, index) => ({
      query: `${index}`,
      candidates: [index % 10 === 0 ? "x".repeat(10_000) : "x", `${index}`],
      top_n: 1,
    }));
    const items = await sendJobs(url, jobs);
    expect(items.filter(({ status }) => status !== 202)).toEqual([]);
    expect(new Set(items.map(({ job }) => job!.id)).size).toBe(1_000);
    for (const index of [0, 1, 500, 999]) {
      const job = await waitForEnd(url, items[index]!.job!.id, 60_000);
      expect(job.result!.results).toEqual([{ index: 1, id: null, score: 1 }]);
    }
  });

  test("is looked through elsewhere when it is large, with the same outcome", async () => {
    const { url } = await startOwnApi();
    const filler = { query: "a", candidates: ["x".repeat(60_000)] };
    const items = await sendJobs(url, [filler, { query: "a" }, filler]);
    expect(items.map(({ status }) => status)).toEqual([202, 422, 202]);
    expect(items[1]!.problem!.errors).toEqual([{ pointer: "/candidates", detail: "required" }]);
  });

  test("fills the queue to its limit exactly, and tells the rest when to come back", async () => {
    const { url } = await startOwnApi({ QUEUE_DEPTH_MAX: "30" });
    const batches = await Promise.all(
      Array.from({ length: 4 }, () => send(url, { jobs: Array(20).fill(submission) })),
    );
    const items = (await Promise.all(batches.map(itemsOf))).flat();
    expect(items.filter(({ status }) => status === 202)).toHaveLength(30);
    const refused = items.filter(({ status }) => status === 503);
    expect(refused).toHaveLength(50);
    expect(refused[0]!.problem).toMatchObject({ type: "/problems/queue-full", limit: 30 });
    const retryAfters = batches.map(({ headers }) => Number(headers.get("retry-after")));
    expect(Math.max(...retryAfters)).toBeGreaterThanOrEqual(1);
  });

  test("that is accepted altogether has nothing to come back for", async () => {
    const { url } = await startOwnApi();
    expect((await send(url, { jobs: [submission] })).headers.get("retry-after")).toBeNull();
  });

  test("is held to the store, and counts what it takes", async () => {
    const { url, keys } = await startOwnApi({ STORE_BYTES_MAX: String(3 * JOB_RECORD_BYTES + 1_000) });
    const items = await sendJobs(url, Array(5).fill(submission));
    expect(items.map(({ status }) => status)).toEqual([202, 202, 202, 503, 503]);
    expect(Number(await redis.hlen(keys.ledgerEntries))).toBe(3);
  });

  test("is counted by its jobs against the rate limit", async () => {
    const { url } = await startOwnApi({ RATE_LIMIT_JOBS: "10" });
    expect((await send(url, { jobs: Array(8).fill(submission) })).headers.get("ratelimit")).toMatch(/r=2;/);
    const refused = await send(url, { jobs: Array(3).fill(submission) });
    expect([refused.status, (await readProblem(refused)).type]).toEqual([429, "/problems/too-many-requests"]);
    expect((await readQueue(url)).depth).toBe(8);
  });
});

test("a batch of more jobs than a window allows is no matter of waiting, and uses nothing up", async () => {
  const { url } = await startOwnApi({ RATE_LIMIT_JOBS: "10" });
  const refused = await send(url, { jobs: Array(20).fill(submission) });
  expect([refused.status, (await readProblem(refused)).errors]).toMatchObject([422, [{ pointer: "/jobs" }]]);
  await sendJobs(url, Array(9).fill(submission));
  expect((await send(url, { jobs: Array(2).fill(submission) })).status).toBe(429);
  await sendJobs(url, [submission]);
});

describe("a batch that is sent again under its key", () => {
  const key = { "Idempotency-Key": "b1" };

  test("is answered with the same jobs; what was refused is tried again", async () => {
    const { url } = await startOwnApi({ QUEUE_DEPTH_MAX: "2" });
    const jobs = [submission, { query: 1 }, submission, submission];
    const first = await sendJobs(url, jobs, key);
    expect(first.map(({ status }) => status)).toEqual([202, 422, 202, 503]);
    await fetch(`${url}/v1/jobs/${first[0]!.job!.id}/cancel`, { method: "POST" });
    const again = await sendJobs(url, jobs, key);
    expect(again.map(({ status }) => status)).toEqual([200, 422, 200, 202]);
    expect([again[0]!.job!.id, again[2]!.job!.id]).toEqual([first[0]!.job!.id, first[2]!.job!.id]);
    expect(again[0]!.job!.status).toBe("canceled");
  });

  test("with other jobs is refused as a whole", async () => {
    const { url } = await startOwnApi();
    await sendJobs(url, [submission], key);
    const other = await send(url, { jobs: [submission, submission, submission] }, key);
    expect([other.status, (await readProblem(other)).type]).toEqual([422, "/problems/idempotency-mismatch"]);
    expect((await readQueue(url)).depth).toBe(1);
  });

  test("is known by it also when its first job was refused", async () => {
    const { url } = await startOwnApi({ RATE_LIMIT_JOBS: "2" });
    const jobs = [{ query: 1 }, submission];
    expect((await sendJobs(url, jobs, key)).map(({ status }) => status)).toEqual([422, 202]);
    expect((await sendJobs(url, jobs, key)).map(({ status }) => status)).toEqual([422, 200]);
    expect((await send(url, { jobs: [submission] }, key)).status).toBe(422);
  });

  test("and of which no job came leaves the key free", async () => {
    const { url } = await startOwnApi({ QUEUE_DEPTH_MAX: "1" });
    await sendJobs(url, [submission]);
    expect((await sendJobs(url, [submission, submission], key)).map(({ status }) => status)).toEqual([
      503, 503,
    ]);
    expect((await sendJobs(url, [submission], key)).map(({ status }) => status)).toEqual([503]);
  });

  test("has nothing to do with a single submission's", async () => {
    const { url } = await startOwnApi();
    await sendJobs(url, [submission], key);
    const single = await fetch(`${url}/v1/jobs`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...key },
      body: JSON.stringify(submission),
    });
    expect(single.status).toBe(202);
  });
});

describe("a batch as a whole is refused", () => {
  const many = `{"jobs":[${Array(1_001).fill("{}").join()}]}`;
  test.each([
    ["{", 400, [""]],
    ["[]", 422, [""]],
    ["{}", 422, ["/jobs"]],
    ['{"jobs":{}}', 422, ["/jobs"]],
    ['{"jobs":null}', 422, ["/jobs"]],
    ['{"jobs":[]}', 422, ["/jobs"]],
    ['{"jobs":[{}],"more":1}', 422, ["/more"]],
    [many, 422, ["/jobs"]],
    [`{"jobs":[{}],"more":"${"x".repeat(1_100_000)}"}`, 422, [""]],
    [`{"jobs":[{"query":"a"}]${" ".repeat(70_000)}`, 400, [""]],
  ])("when it is %.40s", async (body, status, pointers) => {
    const { url } = await startOwnApi();
    const response = await send(url, body);
    expect(response.status).toBe(status);
    expect((await readProblem(response)).errors!.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  test("when it is no JSON, or too large", async () => {
    const { url } = await startOwnApi({ BODY_BYTES_MAX: "1000" });
    expect((await send(url, "{}", { "Content-Type": "text/plain" })).status).toBe(415);
    expect((await send(url, " ".repeat(1_001))).status).toBe(413);
  });
});
