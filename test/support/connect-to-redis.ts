import { loadConfig } from "@semblance/shared/config/load-config";
import { redisVariables } from "@semblance/shared/config/redis-variables";
import { commonVariables } from "@semblance/shared/config/variables";
import { connectPatient } from "@semblance/shared/redis/connect";
import { type RedisSettings, readRedisSettings } from "@semblance/shared/redis/redis-settings";
import type { Redis } from "ioredis";
import { redisUrl } from "./redis-url.ts";

/** What the product makes of such a URL. */
export const toRedisSettings = (url: string, keyPrefix: string): RedisSettings => {
  const variables = { ...redisVariables, KEY_PREFIX: commonVariables.KEY_PREFIX };
  return readRedisSettings(loadConfig(variables, { REDIS_URL: url, KEY_PREFIX: keyPrefix }));
};

/**
 * A connection to where these keys are, whatever kind of Redis the tests run with. Its owner closes it.
 *
 * @param url of the Redis of all tests unless given
 */
export const connectToRedis = (keyPrefix: string, url: string = redisUrl()): Redis =>
  connectPatient(toRedisSettings(url, keyPrefix), () => undefined);
