import type { JobView } from "@semblance/shared/job/job-view";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { cancel, json, read, readMetric, submit, waitForEnd, waitUntilInThreads } from "../support/client.ts";
import { connectToRedis } from "../support/connect-to-redis.ts";
import { eventually } from "../support/eventually.ts";
import { misdeed } from "../support/misdeeds.ts";

const KILLS_BY_CANCEL = 'semblance_thread_kills_total{reason="canceled"}';
const fleet = createAppFleet();
let redis: Redis;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(() => redis.disconnect());

test("a cancel by any API process kills the thread of a job in an infinite loop, and is final at once", async () => {
  const [api, otherApi] = await Promise.all([fleet.startApi(), fleet.startApi()]);
  const [worker] = await Promise.all([fleet.startMisbehavingWorker(), fleet.startApi()]);
  const { id } = await submit(api.url, misdeed("spins in JavaScript"));
  await waitUntilInThreads(worker.url, 1);
  const canceled = await json<JobView>(cancel(otherApi.url, id));
  expect(canceled).toMatchObject({
    status: "canceled",
    done: true,
    attempts: 1,
    error: { code: "canceled" },
  });
  await eventually("its thread is dead", async () =>
    (await readMetric(worker.url, KILLS_BY_CANCEL)) === 1 ? true : undefined,
  );

  const fields = `${fleet.env["KEY_PREFIX"]}:scoring:${id}`;
  await eventually("its worker let it go", async () =>
    (await redis.hexists(fields, "finishedOn")) ? true : undefined,
  );
  expect(await redis.hget(fields, "failedReason")).toMatch(/^canceled: /);
  // It was tried once and is not tried again; what is shown of it never changes.
  expect(await read(api.url, id)).toEqual({ ...canceled, result: null });
  expect((await cancel(api.url, id)).status).toBe(409);
});

test("a cancel is told to all workers, and the one that runs the job hears it", async () => {
  const api = await fleet.startApi();
  const channel = `${fleet.env["KEY_PREFIX"]}:cancels`;
  const listener = redis.duplicate();
  const heard: string[] = [];
  listener.on("message", (_, id) => heard.push(id));
  await listener.subscribe(channel);
  const waiting = await submit(api.url, misdeed("none"));
  await cancel(api.url, waiting.id);
  await eventually("the message", () => (heard.includes(waiting.id) ? true : undefined));
  listener.disconnect();

  const worker = await fleet.startMisbehavingWorker();
  const running = await submit(api.url, misdeed("spins in JavaScript"));
  await waitUntilInThreads(worker.url, 1);
  // Without a mark it is the message alone that the worker goes by.
  await redis.publish(channel, running.id);
  await eventually("its thread is dead", async () =>
    (await readMetric(worker.url, KILLS_BY_CANCEL)) === 1 ? true : undefined,
  );
});

test("a cancel whose message was missed is found by its mark", async () => {
  const api = await fleet.startApi();
  const worker = await fleet.startMisbehavingWorker();
  const { id } = await submit(api.url, misdeed("spins in JavaScript"));
  await waitUntilInThreads(worker.url, 1);
  await redis.hset(`${fleet.env["KEY_PREFIX"]}:end-mark:${id}`, {
    failedReason: "canceled: by nobody's message",
  });
  await eventually("its thread is dead", async () =>
    (await readMetric(worker.url, KILLS_BY_CANCEL)) === 1 ? true : undefined,
  );
});

test("a canceled job that a crash left in the queue is not run, and a sweep takes it out", async () => {
  const api = await fleet.startApi();
  const { id } = await submit(api.url, misdeed("none"));
  const prefix = fleet.env["KEY_PREFIX"];
  const { data } = await redis.hgetall(`${prefix}:scoring:${id}`);
  // As the cancel's first step leaves it when its process dies before the second.
  await redis.hset(`${prefix}:end-mark:${id}`, {
    data: data!,
    timestamp: 1,
    atm: 0,
    finishedOn: Date.now(),
    failedReason: "canceled: the job was canceled",
  });
  await redis.zadd(`${prefix}:start-deadlines`, Date.now(), id);
  await eventually("it is out of the queue", async () =>
    (await redis.zcard(`${prefix}:scoring:prioritized`)) === 0 ? true : undefined,
  );
  expect(await read(api.url, id)).toMatchObject({ status: "canceled", attempts: 0 });
});

test("a job that was canceled before its worker knew is not scored", async () => {
  const api = await fleet.startApi();
  const { id } = await submit(api.url, misdeed("spins in JavaScript", { expires_in_ms: 60_000 }));
  const prefix = fleet.env["KEY_PREFIX"];
  await redis.hset(`${prefix}:end-mark:${id}`, { failedReason: "canceled: the job was canceled" });
  await fleet.startMisbehavingWorker();
  const reason = await eventually(
    "its worker lets it go",
    async () => (await redis.hget(`${prefix}:scoring:${id}`, "failedReason")) ?? undefined,
  );
  expect(reason).toMatch(/^canceled: /);
});

test("a job whose result was stored before its worker died is not scored again", async () => {
  const api = await fleet.startApi();
  const { id } = await submit(api.url, misdeed("spins in JavaScript"));
  const result = { results: [], scored: 2, duration_ms: 1 };
  await redis.set(`${fleet.env["KEY_PREFIX"]}:result:${id}`, JSON.stringify(result));
  // The dead worker had taken it, too.
  await redis.hincrby(`${fleet.env["KEY_PREFIX"]}:scoring:${id}`, "ats", 1);
  await fleet.startMisbehavingWorker();
  expect(await waitForEnd(api.url, id)).toMatchObject({ status: "succeeded", attempts: 1, result });
});
