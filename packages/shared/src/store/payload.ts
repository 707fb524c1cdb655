import type { Redis } from "ioredis";
import { JobError } from "../job/job-error.ts";
import type { ScoringSpec } from "../job/scoring-spec.ts";
import type { RedisKeys } from "../redis/keys.ts";

export interface Payload {
  spec: ScoringSpec;
  /** A JSON array, as the client sent it. */
  candidates: Buffer;
}

/**
 * Reads what a job is to score.
 *
 * @throws {JobError} `expired` when the payload is gone
 */
export const readPayload = async (redis: Redis, keys: RedisKeys, id: string): Promise<Payload> => {
  const [envelope, candidates] = await redis.hmgetBuffer(keys.payload(id), "envelope", "candidates");
  if (!envelope || !candidates) throw new JobError("expired", "the payload was no longer stored");
  return { spec: JSON.parse(envelope.toString()) as ScoringSpec, candidates };
};
