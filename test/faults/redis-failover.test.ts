import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { askRedis } from "../support/ask-redis.ts";
import { json, post, readQueue, submit, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import { startRedisCluster } from "../support/redis-cluster.ts";
import { startSentinelGroup } from "../support/redis-sentinel.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";
import { MASTER_SECRET } from "../support/webhook-secret.ts";

const SUBMITTERS = 4;
/** Accepted before the master is lost, and again after there is another. */
const ACCEPTED_MIN = 200;
const ANSWERS_WITHOUT_REPLICAS = 20;
const LIMIT_MS = 60_000;

/** Some ten milliseconds of work. */
const brief = {
  query: "Sankt Peterburg ".repeat(25),
  candidates: Array.from({ length: 300 }, (_, index) => `${"Saint Petersburg ".repeat(8)}${index}`),
  metric: "damerau_levenshtein",
};

interface ReplicatedRedis {
  url: string;
  servers: { port: number; pid: number }[];
  /** Not known while those who are asked disagree. */
  masterPort: () => Promise<number | undefined>;
  stop: () => Promise<void>;
}

const startCluster = async (): Promise<ReplicatedRedis> => {
  const keyPrefix = uniqueKeyPrefix();
  const cluster = await startRedisCluster(keyPrefix);
  return { ...cluster, masterPort: () => cluster.ownerPort(keyPrefix) };
};

let redis: ReplicatedRedis;

/** Ends the master when its replicas have missed its latest answers: what was accepted without them is lost. */
const loseMaster = async (port: number, end: NodeJS.Signals, hasAnswered: () => boolean) => {
  const { pid } = redis.servers.find((server) => server.port === port)!;
  const info = await askRedis(port, (master) => master.info("replication"));
  const replicas = redis.servers.filter((server) => info.includes(`port=${server.port},`));
  const signal = (name: NodeJS.Signals) => {
    for (const replica of replicas) process.kill(replica.pid, name);
  };
  // Frozen they find later what was sent to them, and do not come back to ask for more.
  signal("SIGSTOP");
  await askRedis(port, (master) => master.call("CLIENT", "KILL", "TYPE", "replica"));
  await eventually("answers without replicas", () => hasAnswered() || undefined);
  process.kill(pid, end);
  signal("SIGCONT");
};

const fleet = createAppFleet(() => redis.url);

afterEach(async () => {
  await redis.stop();
});

test.each([
  { how: "freezes behind Sentinels", start: startSentinelGroup, end: "SIGSTOP" },
  { how: "is killed in a Cluster", start: startCluster, end: "SIGKILL" },
] as const)(
  "with REDIS_WAIT_REPLICAS a master that $how takes along nothing that was accepted",
  {
    timeout: 300_000,
  },
  async ({ start, end }) => {
    redis = await start();
    const receiver = await startWebhookReceiver();
    onTestFinished(() => receiver.close());
    const env = {
      WEBHOOK_MASTER_SECRET: MASTER_SECRET,
      WEBHOOK_ALLOW_HOSTS: receiver.host,
      WEBHOOK_SCHEDULE: Array(20).fill("1s").join(),
    };
    const api = await fleet.startApi({ ...env, REDIS_WAIT_REPLICAS: "1", QUEUE_DEPTH_MAX: "100000" });
    await fleet.startWorker({ ...env, WORKER_CONCURRENCY: "2", LOCK_MS: "3000", STALLED_CHECK_MS: "500" });

    const accepted: string[] = [];
    let refused = 0;
    const stop = new AbortController();
    const submitOn = async () => {
      while (!stop.signal.aborted) {
        const response = await post(api.url, {
          query: "a",
          candidates: ["b", "a"],
          webhook: { url: receiver.url, events: ["job.succeeded"] },
        });
        if (response.status === 202) accepted.push((await json<{ id: string }>(response)).id);
        else {
          expect({ status: response.status, wait: response.headers.get("retry-after") }).toEqual({
            status: 503,
            wait: "2",
          });
          await response.arrayBuffer();
          refused += 1;
          await delay(50);
        }
      }
    };
    const submitting = Promise.all(Array.from({ length: SUBMITTERS }, submitOn));
    const untilAccepted = (count: number) =>
      eventually(`${count} accepted jobs`, () => (accepted.length >= count ? true : undefined), LIMIT_MS);
    await untilAccepted(ACCEPTED_MIN);
    const lost = await redis.masterPort();
    const beforeLoss = accepted.length;
    const answers = beforeLoss + refused + ANSWERS_WITHOUT_REPLICAS;
    await loseMaster(lost!, end, () => accepted.length + refused >= answers);
    await eventually(
      "another master",
      async () => {
        const port = await redis.masterPort();
        return port !== undefined && port !== lost ? true : undefined;
      },
      LIMIT_MS,
    );
    await untilAccepted(accepted.length + ACCEPTED_MIN);
    stop.abort();
    await submitting;

    console.log(`${beforeLoss} accepted before the loss, ${accepted.length} in all, ${refused} refused`);
    expect(refused).toBeGreaterThan(0);
    for (const id of accepted) {
      expect(await waitForEnd(api.url, id, LIMIT_MS)).toMatchObject({ status: "succeeded" });
    }
    const untold = () => {
      const told = new Set(receiver.received.map(({ message }) => message.data.id));
      return accepted.filter((id) => !told.has(id));
    };
    await eventually("all webhooks", () => (untold().length === 0 ? true : undefined), LIMIT_MS);
  },
);

test("a planned failover of a Cluster loses nothing, and costs no job an attempt", {
  timeout: 120_000,
}, async () => {
  redis = await startCluster();
  const api = await fleet.startApi();
  const jobs = await Promise.all(Array.from({ length: 300 }, () => submit(api.url, brief)));
  await fleet.startWorker({ WORKER_CONCURRENCY: "2" });
  await waitForEnd(api.url, jobs[20]!.id);
  const before = await redis.masterPort();
  const info = await askRedis(before!, (master) => master.info("replication"));
  const replica = Number(/slave0:.*port=(\d+)/.exec(info)![1]);
  await askRedis(replica, (node) => node.cluster("FAILOVER"));
  await eventually("another master", async () => ((await redis.masterPort()) === replica ? true : undefined));
  await eventually("the API", async () =>
    (await fetch(`${api.url}/v1/queue`)).status === 200 ? true : undefined,
  );
  expect((await readQueue(api.url)).depth).toBeGreaterThan(0);
  for (const { id } of jobs) {
    expect(await waitForEnd(api.url, id)).toMatchObject({ status: "succeeded", attempts: 1 });
  }
});
