import type { Redis } from "ioredis";
import type { RedisKeys } from "../redis/keys.ts";
export const readSecretVersions = async (
  _r: Redis,
  _k: RedisKeys,
  _t: string,
  _n: number,
): Promise<number[]> => [1];
export const signingSecrets = (_m: readonly string[], _t: string, _v: readonly number[]): string[] => [];
