import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { type RedisServer, startRedisServer } from "../../../scripts/redis-server.ts";
import { askRedis } from "../../../test/support/ask-redis.ts";
import { json, post, read, readProblem, readQueue, submit } from "../../../test/support/client.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { startInProcessApi } from "../../../test/support/in-process-api.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { createTemporaryFolder } from "../../../test/support/temporary-folder.ts";

const small = { query: "a", candidates: ["b"] };
let master: RedisServer;
let replica: RedisServer;
let remove: () => Promise<void>;

beforeAll(async () => {
  const folder = await createTemporaryFolder();
  remove = folder.remove;
  const start = (name: string, settings: string[]) =>
    startRedisServer({ dir: join(folder.path, name), appendOnly: true, settings });
  master = await start("master", ["--repl-diskless-sync-delay", "0"]);
  replica = await start("replica", ["--replicaof", "127.0.0.1", String(master.port)]);
  await eventually("the replica", async () =>
    (await askRedis(replica.port, (redis) => redis.info("replication"))).includes("master_link_status:up")
      ? true
      : undefined,
  );
});

afterEach(() => {
  process.kill(replica.pid, "SIGCONT");
});

afterAll(async () => {
  await replica.stop();
  await master.stop();
  await remove();
});

/** A frozen replica is connected, and acknowledges nothing. */
const freezeReplica = () => process.kill(replica.pid, "SIGSTOP");
const thawReplica = () => process.kill(replica.pid, "SIGCONT");

const startApi = async (replicas: number) => {
  const env = { KEY_PREFIX: uniqueKeyPrefix(), REDIS_WAIT_REPLICAS: String(replicas), REDIS_WAIT_MS: "100" };
  const start = async () => {
    const api = await startInProcessApi({ ...env, REDIS_URL: master.url });
    onTestFinished(() => api.close());
    return api.url;
  };
  return { url: await start(), startAnother: start };
};

const postBatch = async (url: string, jobs: object[]): Promise<{ status: number }[]> => {
  const response = await fetch(`${url}/v1/jobs/batch`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ jobs }),
  });
  return (await json<{ items: { status: number }[] }>(response)).items;
};

test("a job that is answered with 202 is in the replica by then", async () => {
  const { url } = await startApi(1);
  const jobs = await Promise.all(Array.from({ length: 50 }, () => submit(url, small)));
  const kept = await askRedis(replica.port, (redis) => redis.keys("*:scoring:job_*"));
  for (const { id } of jobs) expect(kept.some((key) => key.endsWith(id))).toBe(true);
});

test("a submission costs a SET and a WAIT more, shared by those that come while another waits", async () => {
  const redis = new Redis(master.url);
  // Before the API asks anything: ioredis takes no line of a monitor that comes together with the answer to its command.
  const monitor = await redis.monitor();
  onTestFinished(() => {
    monitor.disconnect();
    redis.disconnect();
  });
  const { url } = await startApi(1);
  const seen: string[] = [];
  monitor.on("monitor", (_time: string, [name, key]: [string, string?]) => {
    if (name === "wait" || name === "echo" || key?.endsWith(":replica-mark")) seen.push(name);
  });
  const look = async () => {
    await redis.echo("");
    await eventually("the monitor has come so far", () => seen.includes("echo") || undefined);
    return seen.splice(0).filter((name) => name !== "echo");
  };
  await submit(url, small);
  expect(await look()).toEqual(["set", "wait"]);
  expect((await postBatch(url, Array(50).fill(small))).map(({ status }) => status)).toEqual(
    Array(50).fill(202),
  );
  expect((await look()).filter((name) => name === "wait").length).toBeLessThan(25);
});

test("without enough replicas nothing is accepted, and all else is answered as ever", async () => {
  const { url } = await startApi(1);
  const { id } = await submit(url, small);
  freezeReplica();
  const submissions = Array.from({ length: 20 }, () => post(url, small));
  expect((await read(url, id)).status).toBe("queued");
  for (const response of await Promise.all(submissions)) {
    expect(response.headers.get("retry-after")).toBe("2");
    expect(await readProblem(response)).toMatchObject({ type: "/problems/store-unavailable" });
  }
  expect((await postBatch(url, [small, small])).map(({ status }) => status)).toEqual([503, 503]);
  thawReplica();
  // Taken out again, for they were not accepted.
  await eventually("one job", async () => ((await readQueue(url)).depth === 1 ? true : undefined));
  await eventually("a replica", async () => ((await post(url, small)).status === 202 ? true : undefined));
});

test("a replay promises as much as what it repeats, also from another API", async () => {
  const { url, startAnother } = await startApi(1);
  const other = await startAnother();
  const keyed = { "Idempotency-Key": "once" };
  freezeReplica();
  expect((await post(url, small, keyed)).status).toBe(503);
  expect((await post(other, small, keyed)).status).toBe(503);
  thawReplica();
  const { id } = await eventually("a replay", async () => {
    const response = await post(other, small, keyed);
    return response.status === 200 ? json<{ id: string }>(response) : undefined;
  });
  expect((await read(url, id)).status).toBe("queued");
});

test("more replicas than there are accept nothing", async () => {
  const { url } = await startApi(2);
  expect((await post(url, small)).status).toBe(503);
});

test("a connection that was lost in between accepts nothing", async () => {
  const { url } = await startApi(1);
  await submit(url, small);
  freezeReplica();
  const refused = post(url, small);
  await eventually("someone who waits", async () =>
    (await askRedis(master.port, (redis) => redis.info("clients"))).includes("blocked_clients:1")
      ? true
      : undefined,
  );
  await askRedis(master.port, (redis) => redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
  thawReplica();
  expect((await refused).status).toBe(503);
});
