import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancel, json, readProblem, submit, waitForEnd } from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { startOwnApi } from "../../../test/support/own-api.ts";

interface List {
  jobs: { id: string; status: string; metadata: Record<string, string> }[];
  next_cursor: string | null;
}

const submission = { query: "a", candidates: ["b"] };
let redis: Redis;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(() => redis.disconnect());

const list = (url: string, query = ""): Promise<List> => json(fetch(`${url}/v1/jobs${query}`));

const submitMany = async (url: string, count: number): Promise<string[]> => {
  const response = await fetch(`${url}/v1/jobs/batch`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ jobs: Array(count).fill(submission) }),
  });
  const { items } = await json<{ items: { job: { id: string } }[] }>(response);
  return items.map(({ job }) => job.id);
};

/** Follows the cursors to the end. */
const listAll = async (url: string, query: string) => {
  const pages: string[][] = [];
  let cursor = "";
  for (;;) {
    const { jobs, next_cursor } = await list(url, `?${query}${cursor}`);
    pages.push(jobs.map(({ id }) => id));
    if (next_cursor === null) return pages;
    cursor = `&cursor=${next_cursor}`;
  }
};

describe("the list of jobs", () => {
  test("holds the newest first, as they are, and nothing before there are any", async () => {
    const { url } = await startOwnApi();
    expect(await list(url)).toEqual({ jobs: [], next_cursor: null });
    const first = await submit(url, { ...submission, metadata: { n: "1" } });
    const second = await submit(url, { ...submission, metadata: { n: "2" } });
    await cancel(url, first.id);
    const { jobs } = await list(url);
    expect(jobs.map(({ id, status }) => [id, status])).toEqual([
      [second.id, "queued"],
      [first.id, "canceled"],
    ]);
    expect(jobs[0]).toEqual(second);
  });

  test("comes in pages that hold each job once", async () => {
    const { url } = await startOwnApi();
    const ids = await submitMany(url, 45);
    const newestFirst = ids.toSorted().reverse();
    for (const limit of [1, 10, 15, 45, 100]) {
      const pages = await listAll(url, `limit=${limit}`);
      expect(pages.flat()).toEqual(newestFirst);
      expect(pages.every((page) => page.length <= limit)).toBe(true);
    }
    expect((await list(url)).jobs).toHaveLength(20);
  });

  test("stays where its cursor is while new jobs come", async () => {
    const { url } = await startOwnApi();
    const ids = (await submitMany(url, 4)).toSorted().reverse();
    const first = await list(url, "?limit=2");
    await submitMany(url, 3);
    const second = await list(url, `?limit=2&cursor=${first.next_cursor}`);
    expect([...first.jobs, ...second.jobs].map(({ id }) => id)).toEqual(ids);
  });

  test("is filtered by status, for every status", async () => {
    const { url, env } = await startOwnApi();
    const worker = await startInProcessWorker(env);
    const succeeded = await submit(url, submission);
    await waitForEnd(url, succeeded.id);
    await worker.close();
    const [canceled, expired, queued] = [
      await submit(url, submission),
      await submit(url, { ...submission, expires_in_ms: 1_000 }),
      await submit(url, submission),
    ];
    await cancel(url, canceled.id);
    await waitForEnd(url, expired.id);
    const expected = { succeeded, canceled, expired, queued };
    for (const [status, { id }] of Object.entries(expected)) {
      expect((await list(url, `?status=${status}`)).jobs.map((job) => [job.id, job.status])).toEqual([
        [id, status],
      ]);
    }
    for (const status of ["running", "failed"])
      expect((await list(url, `?status=${status}`)).jobs).toEqual([]);
  });

  test("looks no further than a thousand jobs in one call, and leads on", async () => {
    const { url } = await startOwnApi({ QUEUE_DEPTH_MAX: "2000" });
    const { id } = await submit(url, submission);
    await cancel(url, id);
    await submitMany(url, 1_000);
    await submitMany(url, 150);
    const first = await list(url, "?status=canceled");
    expect(first.jobs).toEqual([]);
    expect(first.next_cursor).not.toBeNull();
    const second = await list(url, `?status=canceled&cursor=${first.next_cursor}`);
    expect(second.jobs.map((job) => job.id)).toEqual([id]);
  });

  test("forgets what is deleted and what is over, and keeps nothing of it", async () => {
    const { url, keys } = await startOwnApi({ RESULT_TTL_S: "1" });
    const [deleted, over] = [await submit(url, submission), await submit(url, submission)];
    for (const { id } of [deleted, over]) await cancel(url, id);
    await fetch(`${url}/v1/jobs/${deleted.id}`, { method: "DELETE" });
    expect((await list(url)).jobs.map(({ id }) => id)).toEqual([over.id]);
    await eventually("it is over", async () => ((await list(url)).jobs.length === 0 ? true : undefined));
    expect(await redis.zrange(keys.jobIndex, "0", "-1")).not.toContain(`default:${deleted.id}`);
  });

  test.each([
    ["?status=done", "status"],
    ["?limit=0", "limit"],
    ["?limit=101", "limit"],
    ["?limit=x", "limit"],
    ["?cursor=job_1", "cursor"],
  ])("refuses %s by the parameter's name", async (query, parameter) => {
    const { url } = await startOwnApi();
    const response = await fetch(`${url}/v1/jobs${query}`);
    expect(response.status).toBe(422);
    expect((await readProblem(response)).errors).toMatchObject([{ parameter }]);
  });
});
