/**
 * What one receiver's many webhooks cost another's: how long after its job's end a webhook is there, one job after the other. With nothing else
 * to send; as soon as a dead receiver is parked, when its webhooks still stand in the queue before all others; while they wait for the next
 * trial of the dead one, and are put off again and again; and beside as many of a receiver that works but takes its time.
 *
 * A time is that between the job's `finished_at` and the receipt, of one machine's clock, in whole ms.
 *
 * node test/bench/parked-receiver.ts [webhooks of the other receiver]
 */
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { DEFAULT_KEY_PREFIX, redisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { type AppProcess, startApiProcess, startWorkerProcess } from "../support/app-process.ts";
import { submit } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { queueDeliveries } from "../support/queue-deliveries.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";
import { percentile } from "./percentile.ts";
import { withRedis } from "./with-redis.ts";

const COUNT = Number(process.argv[2] ?? 10_000);
const AT_ONCE_SECONDS = 3;
const STEADY_SECONDS = 45;
const SLOW_MS = 200;
const PAUSE_MS = 50;
const CLOCK_TICKS_PER_S = 100;
const MASTER_SECRET = `whsec_${Buffer.from("a master secret of benches only").toString("base64")}`;
const keys = redisKeys(DEFAULT_KEY_PREFIX);

const receivedAtMs = new Map<string, number>();
const healthy = await startWebhookReceiver(({ message }, response) => {
  receivedAtMs.set(message.data.id, Date.now());
  response.writeHead(204).end();
});
const slow = await startWebhookReceiver(async (_, response) => {
  await delay(SLOW_MS);
  response.writeHead(204).end();
});

/** A port where nobody listens. */
const findDeadHost = async (): Promise<string> => {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
};
const dead = await findDeadHost();

interface System {
  redis: Redis;
  api: AppProcess;
  worker: AppProcess;
}

/** Lends a system that finds so many webhooks for this URL in its queue when its worker starts. */
const withBacklog = (url: string | null, run: (system: System) => Promise<void>): Promise<void> =>
  withRedis(async (redisUrl, redis) => {
    const env = {
      REDIS_URL: redisUrl,
      WORKER_CONCURRENCY: "2",
      WEBHOOK_MASTER_SECRET: MASTER_SECRET,
      WEBHOOK_ALLOW_HOSTS: [healthy.host, slow.host, dead].join(),
    };
    const api = await startApiProcess(env);
    if (url) await queueDeliveries(redis, DEFAULT_KEY_PREFIX, { url, count: COUNT });
    const worker = await startWorkerProcess(env);
    try {
      await run({ redis, api, worker });
    } finally {
      await worker.dispose();
      await api.dispose();
    }
  });

/** Of all its threads so far, from Linux's /proc. */
const readCpuS = ({ pid }: AppProcess): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_S;
};

const ms = (value: number) => `${value}`.padStart(7);

/** Sends jobs to be told to the healthy receiver, one after the other, and prints how late it was told. */
const measure = async (title: string, { api, worker, redis }: System, seconds: number): Promise<void> => {
  const delaysMs: number[] = [];
  const cpuS = readCpuS(worker);
  const startedAtMs = performance.now();
  while (performance.now() - startedAtMs < seconds * 1_000) {
    const { id } = await submit(api.url, {
      query: "a",
      candidates: ["b"],
      webhook: { url: healthy.url },
    });
    const atMs = await eventually("the webhook", () => receivedAtMs.get(id), 60_000);
    delaysMs.push(atMs - Number(await redis.hget(keys.queueJob(id), "finishedOn")));
    await delay(PAUSE_MS);
  }
  const share = (100 * (readCpuS(worker) - cpuS)) / ((performance.now() - startedAtMs) / 1_000);
  const [p50, p99, max] = [0.5, 0.99, 1].map((of) => percentile(delaysMs, of));
  console.log(
    `  ${title.padEnd(52)} ${String(delaysMs.length).padStart(5)} ${ms(p50!)} ${ms(p99!)} ${ms(max!)} ${share.toFixed(0).padStart(6)} %`,
  );
};

console.log(`the other receiver has ${COUNT} webhooks; ms from a job's end to its webhook's receipt\n`);
console.log(
  `  ${"".padEnd(52)} ${"jobs".padStart(5)} ${["p50", "p99", "max"].map((of) => of.padStart(7)).join(" ")}  worker`,
);
try {
  await withBacklog(null, (system) => measure("nothing else to send", system, 10));
  await withBacklog(`http://${dead}/hook`, async (system) => {
    await eventually("it is parked", async () =>
      (await system.redis.hexists(keys.receiver("default", dead), "parked")) === 1 ? true : undefined,
    );
    const waiting = await system.redis.llen(keys.deliveryJob("wait"));
    await measure(`dead, just parked, ${waiting} still in the queue`, system, AT_ONCE_SECONDS);
    await measure("dead, parked", system, STEADY_SECONDS);
  });
  await withBacklog(slow.url, (system) => measure(`takes ${SLOW_MS} ms for each`, system, STEADY_SECONDS));
} finally {
  await healthy.close();
  await slow.close();
}
