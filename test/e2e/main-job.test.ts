import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppProcess, startApiProcess, startWorkerProcess } from "../support/app-process.ts";
import { cityNames } from "../support/city-names.ts";
import { submit, waitFor, waitForEnd } from "../support/client.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";

let api: AppProcess;
let worker: AppProcess;

beforeAll(async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  [api, worker] = await Promise.all([startApiProcess(env), startWorkerProcess(env)]);
});

afterAll(async () => {
  await worker.dispose();
  await api.dispose();
});

/** InDel similarity as it is defined, through the longest common subsequence by dynamic programming. */
const ratio = (a: string, b: string): number => {
  const [left, right] = [[...a], [...b]];
  let above = new Array<number>(right.length + 1).fill(0);
  for (const x of left) {
    const row = [0];
    for (const [index, y] of right.entries()) {
      row.push(x === y ? above[index]! + 1 : Math.max(above[index + 1]!, row[index]!));
    }
    above = row;
  }
  return (2 * above.at(-1)!) / (left.length + right.length);
};

test("50,000 city names are ranked as the definition says", async () => {
  const names = cityNames();
  const query = "Sankt Peterburg";
  const { id } = await submit(api.url, { query, candidates: names, top_n: 10 });
  const job = await waitForEnd(api.url, id);
  const expected = names
    .map((name, index) => ({ index, score: ratio(query, name) }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, 10);
  expect(job.result?.scored).toBe(names.length);
  expect(job.result?.results.map(({ index }) => index)).toEqual(expected.map(({ index }) => index));
  for (const [rank, { score }] of expected.entries()) {
    expect(job.result?.results[rank]?.score).toBeCloseTo(score, 12);
  }
});

test("every option of a submission reaches the scoring", async () => {
  const { id } = await submit(api.url, {
    query: "SAÑTA fé!",
    candidates: [{ id: "same", text: "santa FE" }, { id: "other", text: "Oslo" }, "Santa Fe de Bogotá"],
    metric: "jaro_winkler",
    metric_options: { prefix_weight: 0.2 },
    normalize: { form: "NFKC", case: "fold", accents: "strip", punctuation: "strip", whitespace: "collapse" },
    threshold: 0.6,
  });
  const { result } = await waitForEnd(api.url, id);
  expect(result).toMatchObject({
    scored: 3,
    results: [
      { index: 0, id: "same", score: 1 },
      { index: 2, id: null },
    ],
  });
});

test("a job that takes long tells how far it is", async () => {
  const { id } = await submit(api.url, {
    query: "Sankt Peterburg ".repeat(40),
    candidates: Array.from({ length: 4_000 }, (_, index) => `${"Saint Petersburg ".repeat(60)}${index}`),
    metric: "damerau_levenshtein",
    top_n: 1,
  });
  const job = await waitFor(api.url, id, ({ progress, done }) => progress.scored > 0 || done);
  expect(job).toMatchObject({ status: "running", progress: { total: 4_000 } });
  expect(job.progress.scored).toBeLessThan(4_000);
});
