import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { JobView, ScoringResult } from "@semblance/shared/job/job-view";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type InProcessApi, startInProcessApi } from "../support/in-process-api.ts";
import { type InProcessWorker, startInProcessWorker } from "../support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { redisUrl } from "../support/redis-url.ts";

let api: InProcessApi;
let worker: InProcessWorker;
let folder: string;

beforeAll(async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  api = await startInProcessApi(env);
  worker = await startInProcessWorker(env);
  folder = await mkdtemp(join(tmpdir(), "semblance-walk-"));
});

afterAll(async () => {
  await worker.close();
  await api.close();
  await rm(folder, { recursive: true });
});

/** The lines of the walk as a reader would paste them one after another into a shell, a mark before each call. */
const readWalk = async (): Promise<string> => {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const block = /## A walk with curl[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)![1]!;
  return block.replace("http://127.0.0.1:8080", api.url).replaceAll(/^curl/gm, "echo; echo ---; curl");
};

test("every curl line of the README, pasted, does what it says", async () => {
  const { stdout } = await promisify(execFile)("sh", ["-eu", "-c", await readWalk()], {
    cwd: folder,
    timeout: 30_000,
  });
  const answers = stdout.split("---\n").slice(1);
  const parse = <Body>(index: number) => JSON.parse(answers[index]!) as Body;

  expect(parse(0)).toMatchObject({ status: "queued", candidate_count: 3, metadata: { order: "17" } });
  const { id, result } = parse<JobView & { result: ScoringResult }>(1);
  expect(parse(1)).toMatchObject({ id: parse<JobView>(0).id, status: "succeeded" });
  expect(answers[2]).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(parse(3)).toEqual(result);
  const rows = result.results.map(({ index, id, score }) => `${index},${id ? `"${id}"` : ""},${score}`);
  expect(answers[4]!.trim().split("\r\n")).toEqual(["index,id,score", ...rows]);
  expect(parse(5)).toMatchObject({ results: result.results.slice(0, 1), scored: 3 });

  expect(parse(6)).toMatchObject({ status: "queued" });
  expect(answers[7]).toMatch(/event: status\ndata: \{.*"status":"succeeded"/);
  expect(parse(8)).toMatchObject({ status: "succeeded", result: { results: [{ index: 0 }] } });
  expect(parse(9)).toMatchObject({ status: 409, type: "/problems/already-done" });

  const { items } = parse<{ items: { status: number }[] }>(10);
  expect(items.map(({ status }) => status)).toEqual([202, 422]);
  const { jobs, next_cursor } = parse<{ jobs: JobView[]; next_cursor: string }>(11);
  expect(jobs).toHaveLength(2);
  expect(next_cursor).not.toBe(id);
  expect(parse(12)).toMatchObject({ workers: 1, limit: 1_000 });
});
