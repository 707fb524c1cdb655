import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { startRedisServer } from "../../scripts/redis-server.ts";

/** Lends a Redis of its own, new and empty, to what is measured, and a connection to look at it. */
export const withRedis = async <Value>(
  run: (url: string, redis: Redis) => Promise<Value>,
): Promise<Value> => {
  const dir = await mkdtemp(join(tmpdir(), "semblance-bench-"));
  try {
    const server = await startRedisServer({ dir, appendOnly: false });
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    try {
      return await run(server.url, redis);
    } finally {
      redis.disconnect();
      await server.stop();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};
