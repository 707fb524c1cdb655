import type { TestProject } from "vitest/node";
import { startSentinelGroup } from "./redis-sentinel.ts";
import type {} from "./redis-url.ts";

/** One Redis behind Sentinels for the whole run. */
export default async (project: TestProject) => {
  const group = await startSentinelGroup();
  project.provide("redisUrl", group.url);
  return group.stop;
};
