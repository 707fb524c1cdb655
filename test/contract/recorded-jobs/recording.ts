import type { JobView, ScoringResult } from "@semblance/shared/job/job-view";
import { DEFAULT_KEY_PREFIX } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";

/** Where a recorded webhook goes, until it is loaded. */
export const RECORDED_HOST = "receiver.example";

/** A job as a released version left it in Redis, and what is to become of it. */
export interface Recording {
  id: string;
  recordedAtMs: number;
  /** What the version itself showed of it. */
  shown: Pick<JobView, "metric" | "candidate_count" | "metadata">;
  /** And what its worker made of it. */
  results: ScoringResult["results"];
  /** Of the webhook that is to tell of it. */
  webhookId: string | null;
  /** They put back all that Redis held, in commands that can be read. */
  commands: [name: string, ...args: string[]][];
}

const readKey = async (redis: Redis, key: string): Promise<Recording["commands"][number] | null> => {
  const type = await redis.type(key);
  switch (type) {
    case "string":
      return ["SET", key, (await redis.get(key))!];
    case "hash":
      return ["HSET", key, ...Object.entries(await redis.hgetall(key)).flat()];
    case "list":
      return ["RPUSH", key, ...(await redis.lrange(key, 0, -1))];
    case "set":
      return ["SADD", key, ...(await redis.smembers(key))];
    case "zset": {
      const members = await redis.zrange(key, "0", "-1");
      const scored = members.map(async (member) => [String(await redis.zscore(key, member)), member]);
      return ["ZADD", key, ...(await Promise.all(scored)).flat()];
    }
    // Events are of the moment.
    case "stream":
      return null;
    default:
      throw new Error(`${key} is a ${type}`);
  }
};

/** The commands that make another Redis hold what this one does. */
export const readCommands = async (redis: Redis): Promise<Recording["commands"]> => {
  const commands: Recording["commands"] = [];
  for (const key of (await redis.keys("*")).sort()) {
    const command = await readKey(redis, key);
    if (!command) continue;
    commands.push(command);
    const leftMs = await redis.pttl(key);
    if (leftMs > 0) commands.push(["PEXPIRE", key, String(leftMs)]);
  }
  return commands;
};

/** Moments in ms, of this century's years 2020 to 2033. */
const MOMENT = /\b1[6-9]\d{11}\b/g;

/** Puts a recording into Redis as if it had been made just now, its webhook on its way to this host. */
export const loadRecording = async (
  redis: Redis,
  { commands, recordedAtMs }: Recording,
  { keyPrefix, host }: { keyPrefix: string; host: string },
): Promise<void> => {
  const shiftMs = Date.now() - recordedAtMs;
  const translate = (text: string) =>
    text
      .replaceAll(DEFAULT_KEY_PREFIX, keyPrefix)
      .replaceAll(RECORDED_HOST, host)
      .replace(MOMENT, (moment) => String(Number(moment) + shiftMs));
  // In one step: what is known of a job in part, a sweep takes for what a crash has left.
  const transaction = redis.multi();
  for (const [name, ...args] of commands) transaction.call(name, ...args.map(translate));
  await transaction.exec();
};
