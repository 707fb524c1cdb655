import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { isLoopback } from "../apps/api/src/is-loopback.ts";
import { startRedisServer } from "./redis-server.ts";
import { beginLog } from "./system/begin-log.ts";
import { keepMasterSecret } from "./system/keep-master-secret.ts";
import { type RunApp, runApp } from "./system/run-app.ts";

export interface SystemOptions {
  /** A Redis of the system's own, or the address of one that runs. */
  redis: { dir: string; appendOnly: boolean } | { url: string };
  host: string;
  /** 0 takes a free one. */
  port: number | string;
  /** What the apps see of the environment; their addresses are added, and a master secret of webhooks. */
  env: NodeJS.ProcessEnv;
  /** Where a master secret of webhooks is kept that the environment does not have. */
  dataDir: string;
  /** Where `api.log`, `worker.log` and `redis.log` go; nowhere unless given. */
  logDir?: string;
  /** Receives one line when something has to be ended by force. */
  warn: (line: string) => void;
  /** How each app is run: as one process unless given. */
  runApp?: RunApp | undefined;
  /** Gives up a start that is under way, leaving nothing behind. */
  signal: AbortSignal;
}

export interface System {
  /** Of the API. */
  url: string;
  /** Of the worker's health server. */
  workerUrl: string;
  redisUrl: string;
  /** Resolves with one line when a part ends that was not asked to; never otherwise. */
  broken: Promise<string>;
  /** Drains and ends all parts, Redis last. Safe to call twice. */
  stop: () => Promise<void>;
}

type Close = () => Promise<unknown>;

/** Begins the file with the first text: until Redis really starts, it may belong to another launcher. */
const writeRedisLog = (file: string) => {
  let begun = false;
  return (text: string) => {
    if (!begun) beginLog(file);
    begun = true;
    appendFileSync(file, text);
  };
};

const startRedis = async (
  { redis, logDir }: SystemOptions,
  opened: Close[],
  onBroken: (line: string) => void,
): Promise<string> => {
  if ("url" in redis) return redis.url;
  const server = await startRedisServer({
    ...redis,
    log: logDir ? writeRedisLog(join(logDir, "redis.log")) : undefined,
    onExit: (how) => onBroken(`Redis ended with ${how}`),
  });
  opened.push(server.stop);
  return server.url;
};

/** Nobody has to set up webhooks to try them. Where other machines come in, all of them must be told the same. */
const readMasterSecret = ({ env, host, dataDir }: SystemOptions): string =>
  env["WEBHOOK_MASTER_SECRET"] || (isLoopback(host) ? keepMasterSecret(dataDir) : "");

const startApps = async (
  options: SystemOptions,
  redisUrl: string,
  opened: Close[],
  onBroken: (line: string) => void,
) => {
  const env = {
    ...options.env,
    REDIS_URL: redisUrl,
    HOST: options.host,
    PORT: String(options.port),
    WEBHOOK_MASTER_SECRET: readMasterSecret(options),
  };
  const run = options.runApp ?? runApp;
  const apps = (["api", "worker"] as const).map((name) =>
    run({ name, env, logDir: options.logDir, warn: options.warn }),
  );
  opened.push(() => Promise.all(apps.map((app) => app.stop())));
  for (const app of apps) app.broken.then(onBroken);
  const [url, workerUrl] = await Promise.all(apps.map((app) => app.ready));
  return { url: url!, workerUrl: workerUrl! };
};

const closeInReverse = async (opened: Close[]): Promise<void> => {
  for (const close of opened.reverse()) await close();
};

const rejectOnAbort = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

/**
 * Starts Redis, the API and a worker and waits until all take work. When one does not start, the others are stopped again.
 *
 * @throws with what the part that did not start said on stderr
 */
export const startSystem = async (options: SystemOptions): Promise<System> => {
  const opened: Close[] = [];
  const broken = Promise.withResolvers<string>();
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= closeInReverse(opened);
    return stopping;
  };
  const onBroken = (line: string) => {
    if (!stopping) broken.resolve(line);
  };
  const aborted = rejectOnAbort(options.signal);
  // It may reject when nobody listens any more.
  aborted.catch(() => {});
  try {
    const redisUrl = await startRedis(options, opened, onBroken);
    options.signal.throwIfAborted();
    const urls = await Promise.race([startApps(options, redisUrl, opened, onBroken), aborted]);
    return { ...urls, redisUrl, broken: broken.promise, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
