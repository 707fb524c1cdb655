import { afterEach } from "vitest";
import { type AppProcess, startApiProcess, startAppProcess, startWorkerProcess } from "./app-process.ts";
import { uniqueKeyPrefix } from "./key-prefix.ts";
import { redisUrl } from "./redis-url.ts";

/** The processes of one test: they share a key prefix, and none of them outlives it. */
export interface AppFleet {
  /** What each process is told besides. */
  env: Record<string, string>;
  startApi: (env?: Record<string, string>) => Promise<AppProcess>;
  startWorker: (env?: Record<string, string>) => Promise<AppProcess>;
  /** A worker whose threads misbehave as jobs say, by `test/support/misdeeds.ts`. */
  startMisbehavingWorker: (env?: Record<string, string>) => Promise<AppProcess>;
  /** A worker that scores as the product's does, and takes long for some jobs, by `test/support/slow-job.ts`. */
  startWorkerWithSlowJobs: (env?: Record<string, string>) => Promise<AppProcess>;
}

/**
 * To be called where tests are defined; the processes are ended after each of them.
 *
 * @param readRedisUrl of the Redis that they share; that of all tests unless given
 */
export const createAppFleet = (readRedisUrl: () => string = redisUrl): AppFleet => {
  let living: AppProcess[] = [];
  let keyPrefix = uniqueKeyPrefix();
  const keep = async (starting: Promise<AppProcess>) => {
    const app = await starting;
    living.push(app);
    return app;
  };
  afterEach(async () => {
    await Promise.all(living.map((app) => app.dispose()));
    living = [];
    keyPrefix = uniqueKeyPrefix();
  });
  const common = () => ({ REDIS_URL: readRedisUrl(), KEY_PREFIX: keyPrefix });
  return {
    get env() {
      return common();
    },
    startApi: (env) => keep(startApiProcess({ ...common(), ...env })),
    startWorker: (env) => keep(startWorkerProcess({ ...common(), ...env })),
    startMisbehavingWorker: (env) =>
      keep(startAppProcess("test/support/worker-that-misbehaves.ts", { ...common(), ...env })),
    startWorkerWithSlowJobs: (env) =>
      keep(startAppProcess("test/support/worker-with-slow-jobs.ts", { ...common(), ...env })),
  };
};
