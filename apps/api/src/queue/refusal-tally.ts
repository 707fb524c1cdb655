import type { QueueTotal } from "@semblance/shared/queue/queue-totals";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import type { ProblemSlug } from "../problems/problem-catalogue.ts";

const FLUSH_MS = 1_000;

const TOTAL = "refused" satisfies QueueTotal;

/** A tenant's own quota and rate are its own matter, and say nothing of the queue. */
const FOR_WANT_OF_ROOM: ReadonlySet<ProblemSlug> = new Set(["queue-full", "store-full"]);

/**
 * Counts what all API processes refuse for want of room: in memory, and once a second in Redis, which has enough to do where refusals are many.
 */
export class RefusalTally {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;
  #untold = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  constructor(redis: Redis, keys: RedisKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  count(reason: ProblemSlug): void {
    if (FOR_WANT_OF_ROOM.has(reason)) this.#add(1);
  }

  async close(): Promise<void> {
    await this.#flushing;
    await this.#flush();
    clearTimeout(this.#timer);
  }

  #add(count: number): void {
    this.#untold += count;
    this.#timer ??= setTimeout(() => {
      this.#flushing = this.#flush();
    }, FLUSH_MS).unref();
  }

  /** What Redis does not take is told later, with what has come meanwhile. */
  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const count = this.#untold;
    this.#untold = 0;
    if (count === 0) return;
    await this.#redis.hincrby(this.#keys.queueTotals, TOTAL, count).catch(() => this.#add(count));
  }
}
