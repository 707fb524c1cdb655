import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { Agent, type ClientRequest, request } from "node:http";
import { text } from "node:stream/consumers";
import { DEFAULT_KEY_PREFIX, redisKeys } from "@semblance/shared/redis/keys";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AppProcess, startAppProcess, startWorkerProcess } from "../support/app-process.ts";
import type { JobWithResult } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import type { HeldBytes } from "../support/memory-probe.ts";
import { createOwnRedis } from "../support/own-redis.ts";

const PROBE = new URL("../support/memory-probe.ts", import.meta.url).href;
const CLIENTS = 300;
/** How many come at once: what they submit is taken in within the time that a command of Redis may last, on a busy machine, too. */
const AT_ONCE = 50;
const WAITER_BYTES_MAX = 32_768;
/** No measure of speed: each write to this Redis is one to the disk. */
const LIMIT_MS = 120_000;
const submission = { query: "a", candidates: ["a", "b"] };

const ownRedis = createOwnRedis();
let api: AppProcess;
let redis: Redis;
let agent: Agent;

beforeEach(async () => {
  const env = { REDIS_URL: ownRedis.url() };
  redis = new Redis(ownRedis.url());
  api = await startAppProcess("apps/api/src/main.ts", env, ["--import", PROBE]);
  // A connection a client, however many there are.
  agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
});
afterEach(async () => {
  agent.destroy();
  redis.disconnect();
  await api.dispose();
});

const post = (path: string, body: object): ClientRequest => {
  const headers = { "Content-Type": "application/json", Prefer: "wait=60" };
  return request(api.url + path, { method: "POST", agent, headers }).end(JSON.stringify(body));
};

/** `null` when its connection is closed before. */
const answerTo = async (call: ClientRequest): Promise<JobWithResult | null> => {
  try {
    const [response] = await once(call, "response");
    return JSON.parse(await text(response));
  } catch {
    return null;
  }
};

const countQueued = () => redis.zcard(redisKeys(DEFAULT_KEY_PREFIX).queuePrioritized);

const waitUntilQueued = (count: number) =>
  eventually(`${count} jobs are queued`, async () => ((await countQueued()) === count ? true : undefined));

/** Clients that all wait, for jobs that nobody does yet. */
const startClients = async (path: string, bodyOf: (index: number) => object) => {
  const queuedBefore = await countQueued();
  const calls: ClientRequest[] = [];
  const answers: Promise<JobWithResult | null>[] = [];
  while (calls.length < CLIENTS) {
    for (let index = 0; index < AT_ONCE; index += 1) {
      const call = post(path, bodyOf(calls.length));
      calls.push(call);
      answers.push(answerTo(call));
    }
    await waitUntilQueued(queuedBefore + calls.length);
  }
  return { calls, answers };
};

const countDescriptors = async () => (await readdir(`/proc/${api.pid}/fd`)).length;

const countRedisConnections = async () =>
  Number(/connected_clients:(\d+)/.exec(await redis.info("clients"))![1]);

const readHeldBytes = async (): Promise<number> => {
  const answered = once(api.child, "message");
  api.child.send("held-bytes");
  return ((await answered) as [HeldBytes])[0].bytes;
};

test(
  "hundreds that wait take one connection to Redis, are all answered, and leave nothing behind, also where some go away",
  async () => {
    const before = { descriptors: await countDescriptors(), connections: await countRedisConnections() };
    const { calls, answers } = await startClients("/v1/jobs", (index) => ({
      ...submission,
      metadata: { index: String(index) },
    }));
    expect(await countRedisConnections()).toBe(before.connections + 1);

    const goes = (index: number) => index % 3 === 0;
    for (const [index, call] of calls.entries()) if (goes(index)) call.destroy();
    await Promise.all(answers.filter((_, index) => goes(index)));

    const worker = await startWorkerProcess({ REDIS_URL: ownRedis.url() });
    for (const [index, answer] of (await Promise.all(answers)).entries()) {
      const own = { status: "succeeded", metadata: { index: String(index) } };
      if (goes(index)) expect(answer).toBeNull();
      else expect(answer).toMatchObject(own);
    }

    await worker.dispose();
    agent.destroy();
    await eventually("all connections are closed", async () =>
      (await countDescriptors()) <= before.descriptors &&
      (await countRedisConnections()) <= before.connections
        ? true
        : undefined,
    );
  },
  LIMIT_MS,
);

test.each([
  ["/v1/jobs", "candidates"],
  ["/v2/rerank", "documents"],
])(
  "a client that waits at %s takes less than 32 KiB of memory, whatever it has submitted",
  async (path, member) => {
    const texts = ["a", "b"];
    // What a process needs for its first requests is no client's.
    const { calls, answers } = await startClients(path, () => ({ query: "a", [member]: texts }));
    const before = await readHeldBytes();
    const query = "Sankt Peterburg ".repeat(4_096);
    const more = await startClients(path, () => ({ query, [member]: texts }));
    await eventually("what they submitted is gone", async () =>
      (await readHeldBytes()) - before < CLIENTS * WAITER_BYTES_MAX ? true : undefined,
    );
    for (const call of [...calls, ...more.calls]) call.destroy();
    await Promise.all([...answers, ...more.answers]);
  },
  LIMIT_MS,
);
