import type { Redis } from "ioredis";

/** What a Redis server did since it began, or between two readings. */
export interface RedisUsage {
  /** Those that scripts call are counted as well. */
  commands: number;
  scripts: number;
  bytesIn: number;
  bytesOut: number;
}

const SCRIPT_CALLS = /^cmdstat_(?:eval|evalsha|fcall)(?:_ro)?:calls=(\d+)/gm;

export const readRedisUsage = async (redis: Redis): Promise<RedisUsage> => {
  const info = (await redis.info("commandstats")) + (await redis.info("stats"));
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)![1]);
  return {
    commands: field("total_commands_processed"),
    scripts: [...info.matchAll(SCRIPT_CALLS)].reduce((sum, [, calls]) => sum + Number(calls), 0),
    bytesIn: field("total_net_input_bytes"),
    bytesOut: field("total_net_output_bytes"),
  };
};

/**
 * What each of so many jobs cost Redis since `before`. All that anybody asked meanwhile is in it.
 *
 * @param ownCommands those of the benchmark itself, which are taken out of the commands; their bytes are not
 */
export const usagePerJob = async (
  redis: Redis,
  before: RedisUsage,
  { jobs, ownCommands }: { jobs: number; ownCommands: number },
): Promise<RedisUsage> => {
  const after = await readRedisUsage(redis);
  return {
    commands: (after.commands - before.commands - ownCommands) / jobs,
    scripts: (after.scripts - before.scripts) / jobs,
    bytesIn: (after.bytesIn - before.bytesIn) / jobs,
    bytesOut: (after.bytesOut - before.bytesOut) / jobs,
  };
};
