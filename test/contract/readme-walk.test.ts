import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type InProcessApi, startInProcessApi } from "../support/in-process-api.ts";
import { type InProcessWorker, startInProcessWorker } from "../support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";

let api: InProcessApi;
let worker: InProcessWorker;

beforeAll(async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  api = await startInProcessApi(env);
  worker = await startInProcessWorker(env);
});

afterAll(async () => {
  await worker.close();
  await api.close();
});

/** The lines of the walk, pasted one after another into one shell as a reader would, each followed by a mark. */
const readWalk = async (): Promise<string[]> => {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const block = /## A walk with curl[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)![1]!;
  const lines = block
    .replace("http://127.0.0.1:8080", api.url)
    .trimEnd()
    .split(/\n(?=curl)/);
  expect(lines.length).toBe(6);
  return lines;
};

test("every curl line of the README, pasted, does what it says", async () => {
  const [setUp, ...calls] = await readWalk();
  const script = [
    setUp,
    // The reader takes a moment to read what comes next; the job is done by then.
    `until curl -s "$API$JOB" | grep -q '"done":true'; do :; done`,
    ...calls.map((call) => `echo; echo ---; ${call}`),
  ].join("\n");
  const { stdout } = await promisify(execFile)("sh", ["-eu", "-c", script], {
    timeout: 30_000,
  });
  const [job, result, cancel, queue, wrong] = stdout
    .split("---\n")
    .slice(1)
    .map((answer) => JSON.parse(answer));

  expect(job).toMatchObject({ status: "succeeded", candidate_count: 3, metadata: { order: "17" } });
  expect(job.result.results).toHaveLength(2);
  expect(result).toEqual(job.result);
  expect(cancel).toMatchObject({ status: 409, type: "/problems/already-done" });
  expect(queue).toMatchObject({ depth: 0, workers: 1 });
  expect(wrong.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(["/query", "/candidates"]);
});
