import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";

export interface CompletedWait {
  completedKey: string;
  count: number;
  pauseMs?: number;
  limitMs?: number;
}

/**
 * Waits until so many jobs are done.
 *
 * @returns how often Redis was asked
 * @throws when they are not within the limit, which is no measure of speed
 */
export const waitForCompleted = async (
  redis: Redis,
  { completedKey, count, pauseMs = 2, limitMs = 300_000 }: CompletedWait,
): Promise<number> => {
  const untilMs = performance.now() + limitMs;
  for (let asked = 1; ; asked += 1) {
    const completed = await redis.zcard(completedKey);
    if (completed >= count) return asked;
    if (performance.now() > untilMs) throw new Error(`${completed} of ${count} jobs done in ${limitMs} ms`);
    await delay(pauseMs);
  }
};
