import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DEFAULT_KEY_PREFIX } from "@semblance/shared/redis/keys";
import { type AppProcess, startApiProcess, startAppProcess } from "../support/app-process.ts";
import {
  type ReceivedWebhook,
  startWebhookReceiver,
  type WebhookReceiver,
} from "../support/webhook-receiver.ts";
import { MASTER_SECRET } from "../support/webhook-secret.ts";
import { Keeper } from "./keeper.ts";
import { type SoakRedis, startSoakRedis } from "./soak-redis.ts";

export const KEY_PREFIX = DEFAULT_KEY_PREFIX;

/** Small, so that locks lapse, jobs expire and breakers open many times in a run. */
const LIMITS = {
  JOB_ATTEMPTS: "2",
  JOB_TIMEOUT_MS: "4000",
  QUEUE_DEPTH_MAX: "200",
  DRAIN_LIMIT_MS: "1000",
  WORKER_CONCURRENCY: "2",
  LOCK_MS: "4000",
  STALLED_CHECK_MS: "1000",
  SHUTDOWN_GRACE_MS: "500",
  SANDBOX_HEAP_MB: "48",
  THREAD_START_LIMIT_MS: "3000",
  BREAKER_THRESHOLD: "3",
  WEBHOOK_MASTER_SECRET: MASTER_SECRET,
  WEBHOOK_SCHEDULE: Array.from({ length: 30 }, (_, made) => (made === 0 ? "0s" : "1s")).join(","),
  WEBHOOK_TIMEOUT_MS: "2000",
};

/** Every so many a webhook is refused. */
const REFUSED_EVERY = 10;

export interface SoakSystem {
  redis: SoakRedis;
  apis: [Keeper, Keeper];
  workers: [Keeper, Keeper];
  /** Of webhooks, some of which it refuses at first. */
  receiver: WebhookReceiver;
  /** Those that it took. */
  taken: ReceivedWebhook[];
  /** Whether threads that start from now on throw as they load their processor. */
  breakThreadStarts: (isBroken: boolean) => Promise<void>;
  /** Resolves when every process takes work. */
  ready: () => Promise<AppProcess[]>;
  stop: () => Promise<void>;
}

/**
 * Two APIs and two workers on a Redis of their own, each kept alive.
 *
 * @param dir where Redis and the orders to the threads are kept
 */
export const startSoakSystem = async (
  dir: string,
  signal: AbortSignal,
  onSurprise: (surprise: string) => void,
): Promise<SoakSystem> => {
  const ordersFile = join(dir, "thread-orders");
  const breakThreadStarts = (isBroken: boolean) => writeFile(ordersFile, isBroken ? "throw" : "start");
  await breakThreadStarts(false);
  const redis = await startSoakRedis(join(dir, "redis"), signal);

  const taken: ReceivedWebhook[] = [];
  let count = 0;
  const receiver = await startWebhookReceiver((webhook, response) => {
    count += 1;
    const isRefused = count % REFUSED_EVERY === 0;
    if (!isRefused) taken.push(webhook);
    response.writeHead(isRefused ? 503 : 204).end();
  });
  const env = {
    ...LIMITS,
    WEBHOOK_ALLOW_HOSTS: receiver.host,
    REDIS_URL: redis.url,
    KEY_PREFIX,
    THREAD_ORDERS: ordersFile,
  };
  const keepApi = (name: string) => new Keeper(name, () => startApiProcess(env), onSurprise);
  const keepWorker = (name: string) =>
    new Keeper(name, () => startAppProcess("test/soak/soak-worker.ts", env), onSurprise);
  const apis: [Keeper, Keeper] = [keepApi("API 1"), keepApi("API 2")];
  const workers: [Keeper, Keeper] = [keepWorker("worker 1"), keepWorker("worker 2")];
  const keepers = [...apis, ...workers];

  return {
    redis,
    apis,
    workers,
    receiver,
    taken,
    breakThreadStarts,
    ready: () => Promise.all(keepers.map((keeper) => keeper.ready())),
    stop: async () => {
      await Promise.all(keepers.map((keeper) => keeper.stop()));
      await redis.stop();
      await receiver.close();
    },
  };
};
