import { z } from "zod";
import { parseRedisUrl, type RedisUrl, type RedisUrlError } from "../redis/redis-url.ts";
import { flag, text, type Variable } from "./variables.ts";

const redisUrl = (fallback: string, meaning: string): Variable<RedisUrl> => ({
  schema: z.string().transform((value, context): RedisUrl => {
    try {
      return parseRedisUrl(value);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as RedisUrlError).message });
      return z.NEVER;
    }
  }),
  default: fallback,
  meaning,
});

/** How API and worker both find their Redis, which must be the same. */
export const redisVariables = {
  REDIS_URL: redisUrl(
    "redis://127.0.0.1:6379",
    "The Redis that holds queue, payloads and results: `redis://user:password@host:port/database`, `redis+sentinel://user:password@host:port,host:port/master`, or `redis+cluster://user:password@host:port,host:port`; each with `rediss` in place of `redis` for TLS.",
  ),
  REDIS_TLS_CA_FILE: text(
    "",
    "A PEM file with the authorities that may have signed Redis' certificate, in place of those that Node trusts.",
  ),
  REDIS_TLS_CERT_FILE: text("", "A PEM file with the certificate to show to a Redis that asks for one."),
  REDIS_TLS_KEY_FILE: text("", "A PEM file with its key."),
  REDIS_SENTINEL_USERNAME: text("", "The user at the Sentinels themselves, where they have any."),
  REDIS_SENTINEL_PASSWORD: text("", "The password at the Sentinels themselves, where they have one."),
  REDIS_STRICT: flag(
    "Whether to refuse a Redis that may drop jobs because its `maxmemory-policy` is not `noeviction`; if not, the log complains of it.",
  ),
} satisfies Record<string, Variable<unknown>>;
