import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, beforeEach } from "vitest";
import { type RedisServer, startRedisServer } from "../../scripts/redis-server.ts";

/** A Redis that a test may treat badly. What it has answered, it keeps. */
export interface OwnRedis {
  url: () => string;
  /** Ends it by this signal and starts it again, on the same port and files. */
  restart: (signal: "SIGTERM" | "SIGKILL") => Promise<void>;
  freeze: () => void;
  thaw: () => void;
  /** Makes it refuse every write, or take them again. */
  fill: () => Promise<void>;
  drain: () => Promise<void>;
  /** How many commands it has taken in all. */
  countCommands: () => Promise<number>;
}

/** Flushed at each write: else a kill may cost what Redis has answered already. */
const SETTINGS = { appendOnly: true, appendFsync: "always" } as const;

/** To be called where tests are defined: each of them gets a new one. */
export const createOwnRedis = (): OwnRedis => {
  let dir: string;
  let server: RedisServer;
  const ask = async <Answer>(question: (redis: Redis) => Promise<Answer>): Promise<Answer> => {
    const redis = new Redis(server.url);
    return question(redis).finally(() => redis.disconnect());
  };
  const setMaxMemory = async (bytes: number) => {
    await ask((redis) => redis.config("SET", "maxmemory", String(bytes)));
  };
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "semblance-test-redis-"));
    server = await startRedisServer({ dir, ...SETTINGS });
  });
  afterEach(async () => {
    process.kill(server.pid, "SIGCONT");
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });
  return {
    url: () => server.url,
    restart: async (signal) => {
      const { port, pid } = server;
      process.kill(pid, signal);
      // Waits for its end, which is on its way.
      await server.stop();
      server = await startRedisServer({ dir, ...SETTINGS, port });
    },
    freeze: () => process.kill(server.pid, "SIGSTOP"),
    thaw: () => process.kill(server.pid, "SIGCONT"),
    fill: () => setMaxMemory(1),
    drain: () => setMaxMemory(0),
    countCommands: async () =>
      Number(/total_commands_processed:(\d+)/.exec(await ask((redis) => redis.info("stats")))![1]),
  };
};
