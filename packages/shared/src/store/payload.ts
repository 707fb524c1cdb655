import type { Redis } from "ioredis";
import type { RedisKeys } from "../redis/keys.ts";
import { LargeCommand } from "../redis/large-command.ts";

/**
 * A payload of so many bytes is stored inside of its job. One of 10 candidates of 20 characters takes 400; measured in
 * docs/decisions/0010.
 */
export const INLINE_BYTES_MAX = 8_192;

/** What a larger job is to score, as it is stored. */
export interface Payload {
  /** A {@link ScoringSpec} as JSON. */
  envelope: Buffer;
  /** A JSON array, as the client sent it. */
  candidates: Buffer;
}

/** Stores a payload beside its job, for so long. */
export const storePayload = async (
  redis: Redis,
  keys: RedisKeys,
  id: string,
  { envelope, candidates }: Payload,
  lifetimeMs: number,
): Promise<void> => {
  const key = keys.payload(id);
  await Promise.all([
    redis.sendCommand(new LargeCommand("hset", [key, "envelope", envelope, "candidates", candidates])),
    redis.pexpire(key, lifetimeMs),
  ]);
};

/** @returns `null` when it is gone */
export const readPayload = async (redis: Redis, keys: RedisKeys, id: string): Promise<Payload | null> => {
  const [envelope, candidates] = await redis.hmgetBuffer(keys.payload(id), "envelope", "candidates");
  return envelope && candidates ? { envelope, candidates } : null;
};
