import { loadConfig } from "@semblance/shared/config/load-config";
import { redisVariables } from "@semblance/shared/config/redis-variables";
import { commonVariables } from "@semblance/shared/config/variables";
import { connectPatient } from "@semblance/shared/redis/connect";
import { type RedisSettings, readRedisSettings } from "@semblance/shared/redis/redis-settings";
import type { Redis } from "ioredis";
import { uniqueKeyPrefix } from "./key-prefix.ts";
import { redisUrl } from "./redis-url.ts";

/** What the product makes of such a URL. */
export const toRedisSettings = (url: string, keyPrefix: string): RedisSettings => {
  const variables = { ...redisVariables, KEY_PREFIX: commonVariables.KEY_PREFIX };
  return readRedisSettings(loadConfig(variables, { REDIS_URL: url, KEY_PREFIX: keyPrefix }));
};

/** A connection to the keys of this test file, whatever kind of Redis the tests run with. Its owner closes it. */
export const connectToRedis = (url: string = redisUrl()): Redis =>
  connectPatient(toRedisSettings(url, uniqueKeyPrefix()), () => undefined);
