import type { AttemptView } from "@semblance/shared/job/attempt-view";
import { redisKeys } from "@semblance/shared/redis/keys";
import { expect, onTestFinished, test } from "vitest";
import { cancel, json, readProblem, submit, waitFor, waitForEnd } from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { startInProcessApi } from "../../../test/support/in-process-api.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { misdeed } from "../../../test/support/misdeeds.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";

const MISBEHAVING = new URL("../../../test/support/misbehaving-processor.ts", import.meta.url);
const crash = (attempt: number) => ({
  attempt,
  error: { code: "crashed", message: "the thread exited with code 7" },
});

const startSystem = async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix(), JOB_ATTEMPTS: "2" };
  const { url, close } = await startInProcessApi(env);
  onTestFinished(close);
  const startWorker = async (processor?: URL) => {
    const worker = await startInProcessWorker(env, processor);
    onTestFinished(() => worker.close());
    return worker;
  };
  const ask = (id: string) => fetch(`${url}/v1/jobs/${id}/attempts`);
  const read = async (id: string) => (await json<{ attempts: AttemptView[] }>(ask(id))).attempts;
  return { keys: redisKeys(env.KEY_PREFIX), url, startWorker, ask, read };
};

const isToBeRetried = ({ status, attempts }: { status: string; attempts: number }) =>
  status === "queued" && attempts === 1;

test("each attempt of a job that failed is told of, the oldest first", async () => {
  const { url, startWorker, read } = await startSystem();
  const { id } = await submit(url, misdeed("exits"));
  expect(await read(id)).toEqual([]);
  await startWorker(MISBEHAVING);
  const { attempts, error } = await waitForEnd(url, id);
  expect(await read(id)).toEqual([crash(1), crash(2)]);
  expect([attempts, error]).toEqual([2, crash(2).error]);
});

test("so are those of a job that succeeded after all", async () => {
  const { url, startWorker, read } = await startSystem();
  const { id } = await submit(url, misdeed("exits"));
  const worker = await startWorker(MISBEHAVING);
  await waitFor(url, id, isToBeRetried);
  expect(await read(id)).toEqual([crash(1)]);
  await worker.close();
  await startWorker();
  expect(await waitForEnd(url, id)).toMatchObject({ status: "succeeded", attempts: 2 });
  expect(await read(id)).toEqual([crash(1)]);
});

test("so are those of a job that was canceled, with the one that this ended", async () => {
  const { url, startWorker, read } = await startSystem();
  const worker = await startWorker(MISBEHAVING);
  const [running, waiting] = await Promise.all(
    [misdeed("waits for what never comes"), misdeed("exits")].map((what) => submit(url, what)),
  );
  await waitFor(url, running!.id, ({ status }) => status === "running");
  await waitFor(url, waiting!.id, isToBeRetried);
  // Nobody begins with its next attempt.
  await worker.worker.pause(true);
  for (const { id } of [running!, waiting!]) expect((await cancel(url, id)).status).toBe(200);
  expect(await read(running!.id)).toEqual([
    { attempt: 1, error: { code: "canceled", message: "the job was canceled" } },
  ]);
  expect((await read(waiting!.id))[0]).toEqual(crash(1));
});

test.each([
  [
    "an earlier release's job: the latest",
    {
      atm: "3",
      stacktrace: ["Error: crashed: the thread exited with code 7\n    at toJobError (file:///a.ts:1:2)"],
    },
    [crash(3)],
  ],
  [
    "a job that was found too late",
    { atm: "2", stacktrace: ["crashed: the thread exited with code 7", "expired: too late"] },
    [crash(1)],
  ],
  [
    "a job whose worker died",
    { atm: "1", stc: "1", stacktrace: ["crashed: the thread exited with code 7"] },
    [
      {
        attempt: null,
        error: { code: "crashed", message: "the worker process that held this job went away" },
      },
      crash(1),
    ],
  ],
])("what is known is told of %s", async (_, fields, told) => {
  const { keys, url, read } = await startSystem();
  const redis = connectToRedis();
  onTestFinished(() => redis.disconnect());
  const { id } = await submit(url, misdeed("none"));
  await redis.hset(keys.queueJob(id), { ...fields, stacktrace: JSON.stringify(fields.stacktrace) });
  expect(await read(id)).toEqual(told);
  // Its mark keeps them.
  await cancel(url, id);
  expect(await read(id)).toEqual(told);
});

test("of a job that there is not, no attempt is told of", async () => {
  const { ask } = await startSystem();
  for (const id of [`job_${"0".repeat(32)}`, "wait", "meta", "%00"]) {
    expect((await readProblem(await ask(id))).type).toBe("/problems/not-found");
  }
});
