import { describeError } from "../errors/describe-error.ts";
import { tellSparingly } from "../errors/tell-sparingly.ts";
import type { Logger } from "./logger.ts";

const REFUSED = /^(WRONGPASS|NOAUTH|NOPERM)\b/;

/** Logs errors of connections to Redis: all of a process's, since they fail together. */
export const logRedisErrors = (log: Logger): ((error: Error) => void) =>
  tellSparingly((error) => {
    if (REFUSED.test(error.message)) {
      log.error(
        { error: describeError(error) },
        "Redis refuses the user or password of REDIS_URL, or what they may do",
      );
    } else log.warn({ error: describeError(error) }, "redis connection");
  });
