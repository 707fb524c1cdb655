import { redisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createApiKey } from "../../apps/api/src/tenants/api-key.ts";
import { createAppFleet } from "../support/app-fleet.ts";
import type { AppProcess } from "../support/app-process.ts";
import { json } from "../support/client.ts";
import { connectToRedis } from "../support/connect-to-redis.ts";
import { eventually } from "../support/eventually.ts";

const FLOOD = 1_000;
/** What may come between: two threads, two jobs ahead of them, and eight. */
const PLACES_MAX = 8;

const fleet = createAppFleet();
const [flood, light] = ["flood", "light"].map(createApiKey);
const WORKER = { WORKER_CONCURRENCY: "2", LOCK_MS: "2000", STALLED_CHECK_MS: "500" };
/** Some work by the slowest metric, and few bytes: a thousand of them fit into a batch. */
const submission = {
  query: "Saint Petersburg ".repeat(20),
  candidates: Array(20).fill("Sankt Peterburg an der Newa ".repeat(10)),
  metric: "damerau_levenshtein",
};
let redis: Redis;
let api: AppProcess;

beforeAll(() => {
  redis = connectToRedis();
});
afterAll(() => redis.disconnect());

beforeEach(async () => {
  api = await fleet.startApi({ API_KEYS: `${flood!.line},${light!.line}`, QUEUE_DEPTH_MAX: "2000" });
});

const submitMany = async (key: string, count: number, fields: object = {}): Promise<string[]> => {
  const response = await fetch(`${api.url}/v1/jobs/batch`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}` },
    body: JSON.stringify({ jobs: Array(count).fill({ ...submission, ...fields }) }),
  });
  if (response.status !== 207) throw new Error(await response.text());
  const { items } = await json<{ items: { status: number; job: { id: string } }[] }>(response);
  expect(items.filter(({ status }) => status !== 202)).toEqual([]);
  return items.map(({ job }) => job.id);
};

const submitAs = async (key: string): Promise<string> => (await submitMany(key, 1))[0]!;

/** BullMQ's events so far: which job, and what became of it. */
const readEvents = async () => {
  const entries = await redis.xrange(redisKeys(fleet.env["KEY_PREFIX"]!).queueEvents, "-", "+");
  return entries.map(([, fields]) => {
    const pairs = fields as string[];
    const read = (name: string) => pairs[pairs.indexOf(name) + 1]!;
    return { event: read("event"), id: read("jobId") };
  });
};

const isDone = async (id: string) =>
  (await readEvents()).some((event) => event.id === id && event.event === "completed") ? true : undefined;

/** How many jobs a worker took between the moment in which this one was added and the one in which it was taken itself. */
const placesBefore = async (id: string): Promise<number> => {
  const events = await readEvents();
  const added = events.findIndex((event) => event.id === id && event.event === "added");
  const taken = events.findIndex(
    (event, index) => index > added && event.id === id && event.event === "active",
  );
  expect(taken).toBeGreaterThan(added);
  return events.slice(added, taken).filter(({ event }) => event === "active").length;
};

const waitingJobs = async () => redis.zcard(redisKeys(fleet.env["KEY_PREFIX"]!).queuePrioritized);

/** One light job after the other while the flood drains, each waited for. */
const submitLightOnes = async (count: number) => {
  const places: number[] = [];
  for (let job = 0; job < count; job += 1) {
    const id = await submitAs(light!.key);
    await eventually("the light job is done", () => isDone(id), 60_000);
    places.push(await placesBefore(id));
  }
  expect(await waitingJobs()).toBeGreaterThan(0);
  return places;
};

describe("a tenant's single jobs, behind another's thousand,", () => {
  test("wait for the running ones and eight more at the most", { timeout: 120_000 }, async () => {
    await submitMany(flood!.key, FLOOD);
    await fleet.startWorker(WORKER);
    expect(Math.max(...(await submitLightOnes(10)))).toBeLessThanOrEqual(PLACES_MAX);
  });

  test("also when the worker is killed and another one comes", { timeout: 120_000 }, async () => {
    await submitMany(flood!.key, FLOOD);
    const first = await fleet.startWorker(WORKER);
    await submitLightOnes(3);
    first.kill("SIGKILL");
    await first.exited;
    const id = await submitAs(light!.key);
    await fleet.startWorker(WORKER);
    await eventually("the light job is done", () => isDone(id), 60_000);
    // Those that the killed one ran come first.
    expect(await placesBefore(id)).toBeLessThanOrEqual(PLACES_MAX + 4);
    expect(Math.max(...(await submitLightOnes(5)))).toBeLessThanOrEqual(PLACES_MAX);
  });

  test("also across the moment in which all tags are moved back", { timeout: 120_000 }, async () => {
    const { fairTags } = redisKeys(fleet.env["KEY_PREFIX"]!);
    const near = 2 ** 20 - 400;
    await redis.hset(fairTags, ":v", near, ":last", near);
    await submitMany(flood!.key, FLOOD);
    await fleet.startWorker(WORKER);
    expect(Number(await redis.hget(fairTags, ":v"))).toBeGreaterThanOrEqual(near);
    const places: number[] = [];
    await eventually(
      "the tags were moved back",
      async () => {
        places.push(...(await submitLightOnes(2)));
        return Number(await redis.hget(fairTags, ":v")) < near ? true : undefined;
      },
      60_000,
    );
    places.push(...(await submitLightOnes(3)));
    expect(Math.max(...places)).toBeLessThanOrEqual(PLACES_MAX);
  });
});

test("under constant load of high ones a low job is taken within each seven turns", {
  timeout: 120_000,
}, async () => {
  const high = { priority: "high" };
  await submitMany(flood!.key, 300, high);
  const low = new Set(await submitMany(flood!.key, 30, { priority: "low" }));
  await fleet.startWorker(WORKER);
  let left = low.size;
  while (left > 0) {
    await submitMany(flood!.key, 20, high);
    const events = await readEvents();
    left = low.size - events.filter(({ event, id }) => event === "active" && low.has(id)).length;
  }
  expect(await waitingJobs()).toBeGreaterThan(0);
  const taken = (await readEvents()).filter(({ event }) => event === "active").map(({ id }) => low.has(id));
  let sinceLow = 0;
  for (const isLow of taken.slice(0, taken.lastIndexOf(true) + 1)) {
    sinceLow = isLow ? 0 : sinceLow + 1;
    expect(sinceLow).toBeLessThan(7);
  }
});
