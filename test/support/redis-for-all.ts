import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startRedisServer } from "../../scripts/redis-server.ts";
import type {} from "./redis-url.ts";

/** One Redis for the whole run; every test keeps to a key prefix of its own. */
export default async (project: TestProject) => {
  const dir = await mkdtemp(join(tmpdir(), "semblance-test-redis-"));
  const server = await startRedisServer({ dir, appendOnly: false });
  project.provide("redisUrl", server.url);
  return async () => {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  };
};
