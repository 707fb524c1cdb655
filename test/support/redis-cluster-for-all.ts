import type { TestProject } from "vitest/node";
import { startRedisCluster } from "./redis-cluster.ts";
import type {} from "./redis-url.ts";

/** One Redis Cluster for the whole run. */
export default async (project: TestProject) => {
  const cluster = await startRedisCluster();
  project.provide("redisUrl", cluster.url);
  return cluster.stop;
};
