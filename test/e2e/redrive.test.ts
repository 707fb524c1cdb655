import { spawnSync } from "node:child_process";
import type { JobView } from "@semblance/shared/job/job-view";
import { redisKeys } from "@semblance/shared/redis/keys";
import { expect, onTestFinished, test } from "vitest";
import { createApiKey } from "../../apps/api/src/tenants/api-key.ts";
import { readArguments, UsageError } from "../../scripts/redrive/read-arguments.ts";
import { runRedrive } from "../../scripts/redrive/run-redrive.ts";
import { json, post, read, submit, waitForEnd } from "../support/client.ts";
import { connectToRedis } from "../support/connect-to-redis.ts";
import { eventually } from "../support/eventually.ts";
import { startInProcessWorker } from "../support/in-process-worker.ts";
import { misdeed } from "../support/misdeeds.ts";
import { startWebhookSystem } from "../support/webhook-system.ts";

const MISBEHAVING = new URL("../support/misbehaving-processor.ts", import.meta.url);
const SCRIPT = new URL("../../scripts/redrive.ts", import.meta.url).pathname;

/** Redrives in this environment. */
const redriveIn =
  (env: Record<string, string>) =>
  async (args: string[], more: Record<string, string> = {}) => {
    const lines: string[] = [];
    const isFull = await runRedrive(readArguments(args)!, {
      env: { ...env, ...more },
      say: (line) => lines.push(line),
      onError: (error) => lines.push(error.message),
    });
    return { isFull, output: lines.join("\n") };
  };

/** A system with some jobs that have crashed, their worker gone. */
const startWithCrashed = async (submissions: (receiverUrl: string) => object[]) => {
  const { receiver, env, url, startWorker } = await startWebhookSystem();
  const redis = connectToRedis();
  onTestFinished(() => redis.disconnect());
  const bad = await startInProcessWorker({ ...env, JOB_ATTEMPTS: "1" }, MISBEHAVING);
  const ids: string[] = [];
  for (const submission of submissions(receiver.url)) {
    const { id } = await submit(url, submission);
    expect(await waitForEnd(url, id)).toMatchObject({ status: "failed", error: { code: "crashed" } });
    ids.push(id);
  }
  await bad.close();
  const listIds = async () =>
    (await json<{ jobs: { id: string }[] }>(fetch(`${url}/v1/jobs`))).jobs.map(({ id }) => id);
  return {
    receiver,
    env,
    url,
    redis,
    keys: redisKeys(env.KEY_PREFIX),
    startWorker,
    ids,
    redrive: redriveIn(env),
    listIds,
  };
};

const crashes = (fields: object = {}) => misdeed("exits", fields);
const newIdIn = (output: string, id: string) => new RegExp(`${id}  → (job_\\w+)`).exec(output)?.[1] ?? "";

test("a job that crashed runs once more as a new one that names it, and tells the same webhook", async () => {
  const large = { query: "a", candidates: Array.from({ length: 4 }, () => "b".repeat(4_000)) };
  const { receiver, url, startWorker, ids, redrive } = await startWithCrashed((hook) => [
    crashes({ metadata: { order: "1" }, webhook: { url: hook, events: ["job.succeeded"] } }),
    large,
  ]);
  const { output } = await redrive(["--code", "crashed", "--since", "1h"]);
  expect(output).toContain("2 redriven, 0 refused, 0 left");
  await startWorker();
  for (const id of ids) {
    const job = await waitForEnd(url, newIdIn(output, id));
    expect(job).toMatchObject({ status: "succeeded", redriven_from: id, result: { scored: 4 } });
    expect(await read(url, id)).toMatchObject({ status: "failed", error: { code: "crashed" } });
  }
  const { message } = await eventually("it is told of", () => receiver.received[0]);
  expect(message.data).toMatchObject({ redriven_from: ids[0], metadata: { order: "1" } });
});

test("a job is redriven once, however often it is asked for", async () => {
  const { redis, keys, ids, redrive, listIds } = await startWithCrashed(() => [crashes()]);
  const [id] = ids as [string];
  const data = await redis.hget(keys.queueJob(id), "data");
  const first = await redrive(["--code", "crashed"]);
  const newId = newIdIn(first.output, id);
  const again = await redrive(["--code", "crashed"]);
  expect(again.output).toBe("0 redriven, 0 refused, 0 left, 1 redriven before");
  expect((await redrive(["--code", "crashed", "--dry-run"])).output).toContain("0 would be redriven");
  // As if the first had been cut short before it noted that.
  await redis.hset(keys.queueJob(id), "data", data!);
  expect(newIdIn((await redrive(["--code", "crashed"])).output, id)).toBe(newId);
  expect(await listIds()).toEqual([newId, id]);
});

test("redriving stops where there is no room, and says how many are left", async () => {
  const { ids, redrive, listIds } = await startWithCrashed(() => [crashes(), crashes(), crashes()]);
  const { isFull, output } = await redrive(["--code", "crashed"], { QUEUE_DEPTH_MAX: "1" });
  expect(isFull).toBe(true);
  expect(output).toContain("queue-full");
  expect(output).toContain("1 redriven, 0 refused, 2 left");
  expect(await listIds()).toHaveLength(ids.length + 1);
});

test("a tenant that has all it may have does not stop another's", async () => {
  const [full, other] = ["full", "other"].map(createApiKey);
  const { env, url } = await startWebhookSystem({
    env: { API_KEYS: `${full!.line},${other!.line}`, TENANT_JOBS_MAX: "1" },
  });
  const redis = connectToRedis();
  onTestFinished(() => redis.disconnect());
  const bad = await startInProcessWorker({ ...env, JOB_ATTEMPTS: "1" }, MISBEHAVING);
  const ids: string[] = [];
  for (const { key, line } of [full!, full!, full!, other!]) {
    const accepted = await json<JobView>(post(url, crashes(), { Authorization: `Bearer ${key}` }));
    ids.push(accepted.id);
    const openJobs = `jobs:${line.split(":")[0]}`;
    await eventually("it has crashed, and its place is free", async () =>
      (await redis.hget(redisKeys(env.KEY_PREFIX).tenantUse, openJobs)) === "0" ? true : undefined,
    );
  }
  await bad.close();
  const { isFull, output } = await redriveIn(env)(["--code", "crashed"]);
  expect(isFull).toBe(true);
  expect(output.split("\n")).toEqual([
    expect.stringMatching(`${ids[0]}  → job_\\w+  \\(full\\)`),
    expect.stringMatching(`${ids[1]}  ✗ quota-exceeded: .+  \\(full\\)`),
    expect.stringMatching(`${ids[3]}  → job_\\w+  \\(other\\)`),
    "2 redriven, 0 refused, 2 left",
  ]);
});

test("a dry run, another tenant, another code and an earlier time make no job", async () => {
  const { ids, redrive, listIds } = await startWithCrashed(() => [crashes()]);
  expect((await redrive(["--code", "crashed", "--dry-run"])).output).toContain(`${ids[0]}  would be`);
  for (const args of [
    ["--code", "crashed", "--tenant", "another"],
    ["--code", "timed_out"],
    ["--code", "crashed", "--since", "0s"],
  ]) {
    expect((await redrive(args)).output).toBe("0 redriven, 0 refused, 0 left");
  }
  expect(await listIds()).toEqual(ids);
});

test("the payload of a failed job is counted while it is kept, and goes with the job", async () => {
  const text = "b".repeat(9_000);
  const { url, redis, keys, ids } = await startWithCrashed(() => [
    { query: "a", candidates: Array.from({ length: 4 }, () => text) },
  ]);
  const [id] = ids as [string];
  const bytes = async () => Number.parseInt((await redis.hget(keys.ledgerEntries, id)) ?? "0", 10);
  expect(await bytes()).toBeGreaterThan(4 * text.length);
  expect(await redis.pttl(keys.payload(id))).toBeGreaterThan(0);
  expect((await fetch(`${url}/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
  expect(await redis.exists(keys.payload(id))).toBe(0);
  expect(await bytes()).toBe(0);
});

test("the command says what it did, and what is wrong with its arguments", async () => {
  const { env, ids } = await startWithCrashed(() => [crashes()]);
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [SCRIPT, ...args], { env: { ...process.env, ...env }, encoding: "utf8" });
  const full = run("--code", "crashed", "--since", "2d");
  expect([full.status, full.stderr]).toEqual([0, ""]);
  expect(newIdIn(full.stdout, ids[0]!)).not.toBe("");
  for (const args of [[], ["--code", "canceled"], ["--code", "crashed", "--since", "soon"]]) {
    expect(() => readArguments(args)).toThrow(UsageError);
  }
  expect(run()).toMatchObject({
    status: 1,
    stdout: "",
    stderr: expect.stringContaining("--code is missing"),
  });
});
