import { redisKeys } from "@semblance/shared/redis/keys";
import { onTestFinished } from "vitest";
import { startInProcessApi } from "./in-process-api.ts";
import { uniqueKeyPrefix } from "./key-prefix.ts";
import { redisUrl } from "./redis-url.ts";

/** An API in this process, and keys in Redis, of one test alone; closed after it. */
export const startOwnApi = async (configured: Record<string, string> = {}) => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix(), ...configured };
  const api = await startInProcessApi(env);
  onTestFinished(() => api.close());
  return { api, url: api.url, env, keys: redisKeys(env.KEY_PREFIX) };
};
