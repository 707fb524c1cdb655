import type { Redis } from "ioredis";
import { describeError } from "../errors/describe-error.ts";
import type { Logger } from "../telemetry/logger.ts";

/** Redis is one that this process was told not to run with. */
export class UnfitRedisError extends Error {
  override readonly name = "UnfitRedisError";
}

const VERSION_MIN = { major: 6, minor: 2 };

export interface FitnessOptions {
  /** Whether to refuse a Redis that may drop jobs, in place of complaining. */
  isStrict: boolean;
  log: Logger;
  /** Told of one that is to be refused and came later: after an outage, or a failover. */
  onUnfit: (error: UnfitRedisError) => void;
}

const isTooOld = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < VERSION_MIN.major || (major === VERSION_MIN.major && minor < VERSION_MIN.minor);
};

/** Whether its configuration may be read or not, `INFO` tells. */
const examine = async (redis: Redis, { isStrict, log }: FitnessOptions): Promise<void> => {
  const info = await redis.info().catch((error: Error) => {
    if (isStrict && error.name === "ReplyError") {
      throw new UnfitRedisError("Redis does not let itself be examined (INFO), which REDIS_STRICT demands");
    }
    throw error;
  });
  const read = (name: string) => new RegExp(`^${name}:(.*)$`, "m").exec(info)?.[1]?.trim();
  const maxmemoryPolicy = read("maxmemory_policy");
  const version = read("redis_version");
  if (isStrict && maxmemoryPolicy === undefined) {
    throw new UnfitRedisError("Redis does not tell its maxmemory-policy, which REDIS_STRICT demands");
  }
  if (maxmemoryPolicy !== undefined && maxmemoryPolicy !== "noeviction") {
    const trouble = `Redis may drop accepted jobs: its maxmemory-policy is ${maxmemoryPolicy}, and must be noeviction`;
    if (isStrict) throw new UnfitRedisError(trouble);
    log.error({ maxmemoryPolicy }, trouble);
  }
  if (version && isTooOld(version)) log.error({ version }, "Redis is older than 6.2, which is needed");
  if (read("aof_enabled") === "0") {
    log.warn("Redis keeps no append-only file: what it holds is lost when it restarts");
  }
};

/**
 * Looks whether Redis is one to keep jobs in, now if it is there, and each time that it comes back or another one takes its place.
 *
 * @throws {UnfitRedisError}
 */
export const requireFitRedis = async (redis: Redis, options: FitnessOptions): Promise<void> => {
  const { log, onUnfit } = options;
  const look = async () => {
    try {
      await examine(redis, options);
    } catch (error) {
      if (error instanceof UnfitRedisError) throw error;
      log.warn({ error: describeError(error) }, "Redis could not be examined");
    }
  };
  redis.on("ready", () => {
    look().catch(onUnfit);
  });
  if (redis.status === "ready") await look();
};
