import { DEFAULT_KEY_PREFIX, redisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { type AppProcess, startAppProcess } from "../support/app-process.ts";
import { withRedis } from "./with-redis.ts";

/** Something that answers submissions: ours, or what teams write by hand. */
export interface Service {
  api: string;
  worker?: string;
  /** Where jobs that are done stand in Redis, for those that answer before; the others answer with the result. */
  completedKey?: string;
}

export const RIVALS = "test/bench/rivals";

/** The first one is ours. */
export const services: Record<
  "Semblance" | "BullMQ as its guide shows it" | "a pool inside the service" | "in the handler",
  Service
> = {
  Semblance: {
    api: "apps/api/src/main.ts",
    worker: "apps/worker/src/main.ts",
    completedKey: redisKeys(DEFAULT_KEY_PREFIX).queueCompleted,
  },
  "BullMQ as its guide shows it": {
    api: `${RIVALS}/bullmq-guide-api.ts`,
    worker: `${RIVALS}/bullmq-guide-worker.ts`,
    completedKey: "bull:guide:completed",
  },
  "a pool inside the service": { api: `${RIVALS}/pool.ts` },
  "in the handler": { api: `${RIVALS}/in-handler.ts` },
};

/** What each process of a service is started with. All have two threads that score; what is meant for ours, rivals do not read. */
export const serviceEnv = (redisUrl: string) => ({ REDIS_URL: redisUrl, WORKER_CONCURRENCY: "2" });

/** With it ours refuses nothing. */
export const ROOMY = { QUEUE_DEPTH_MAX: "100000", STORE_BYTES_MAX: String(4 * 2 ** 30) };

export interface RunningService {
  api: AppProcess;
  worker: AppProcess | undefined;
  redis: Redis;
}

/** Lends a service, just started, with a Redis of its own. */
export const withService = <Value>(
  { api, worker }: Service,
  { env = {}, nodeFlags = [] }: { env?: Record<string, string>; nodeFlags?: string[] },
  run: (running: RunningService) => Promise<Value>,
): Promise<Value> =>
  withRedis(async (redisUrl, redis) => {
    const apps: AppProcess[] = [];
    try {
      for (const entry of worker ? [api, worker] : [api]) {
        apps.push(await startAppProcess(entry, { ...serviceEnv(redisUrl), ...env }, nodeFlags));
      }
      return await run({ api: apps[0]!, worker: apps[1], redis });
    } finally {
      for (const app of apps) await app.dispose();
    }
  });
