import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { type QueueReading, readQueue } from "./read-queue.ts";

export interface QueueState extends Omit<QueueReading, "endedIn10S" | "endedIn60S"> {
  drainRatePerS: number;
  /** `null` when nothing says how long: no worker, or none of its jobs has ended lately. */
  estimatedWaitMs: number | null;
  /** How much there is to do, by the time that it takes at the present rate; a number also when nothing drains. */
  backlogS: number;
}

const READING_AGE_MAX_MS = 1_000;

/** How much of a full queue has drained by the time a refused client should come back. */
const DRAINED_SHARE = 0.1;
const RETRY_S = { min: 1, max: 60, unknown: 10 };
const POLL_S = { min: 1, max: 30 };

/** When no job has ended in a minute, no more than one a minute does. */
const DRAIN_RATE_MIN_PER_S = 1 / 60;

const NOTHING_KNOWN = { estimatedWaitMs: null, oldestWaitMs: null };

const clamp = (value: number, { min, max }: { min: number; max: number }) =>
  Math.min(max, Math.max(min, value));

/**
 * Jobs ended a second. Ten seconds follow a change at once, a minute sees jobs that take long; the higher one is right in
 * a busy queue, where the other only lacks history.
 */
const drainRatePerS = ({ endedIn10S, endedIn60S }: Pick<QueueReading, "endedIn10S" | "endedIn60S">) =>
  Math.max(endedIn10S / 10, endedIn60S / 60);

const toState = ({ endedIn10S, endedIn60S, ...reading }: QueueReading): QueueState => {
  const { depth, workers } = reading;
  const rate = drainRatePerS({ endedIn10S, endedIn60S });
  const estimable = workers > 0 && (depth === 0 || rate > 0);
  return {
    ...reading,
    drainRatePerS: rate,
    estimatedWaitMs: estimable ? Math.round(depth === 0 ? 0 : (depth / rate) * 1_000) : null,
    backlogS: depth / Math.max(rate, DRAIN_RATE_MIN_PER_S),
  };
};

/** Reads the queue's state, and answers hints to clients from a reading at most a second old. */
export class QueueMonitor {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;
  #latest: { state: Promise<QueueState>; readAtMs: number } | undefined;

  constructor(redis: Redis, keys: RedisKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async read(): Promise<QueueState> {
    return toState(await readQueue(this.#redis, this.#keys));
  }

  /** Seconds after which a client that found the queue full has a good chance. */
  async retryAfterS(): Promise<number> {
    const state = await this.recent();
    if (!state || state.drainRatePerS === 0) return RETRY_S.unknown;
    return clamp(Math.ceil((state.depth * DRAINED_SHARE) / state.drainRatePerS), RETRY_S);
  }

  /**
   * Seconds after which a job that joins the queue now is worth a look. A rate says little of a queue that is mostly empty, so nobody is told
   * to wait for more than twice as long as the one at its head has: who comes too early is told to wait for longer then.
   */
  async pollAfterS(): Promise<number> {
    const { estimatedWaitMs, oldestWaitMs } = (await this.recent()) ?? NOTHING_KNOWN;
    const likelyMs = Math.min(estimatedWaitMs ?? 0, 2 * (oldestWaitMs ?? Number.POSITIVE_INFINITY));
    return clamp(Math.ceil(likelyMs / 1_000), POLL_S);
  }

  /** For how long a job at this place in line, from 1, is likely to wait, in ms: until as many jobs have ended. `null` when nothing says. */
  async waitAtMs(position: number): Promise<number | null> {
    const state = await this.recent();
    if (!state || state.workers === 0 || state.drainRatePerS === 0) return null;
    return Math.round((position / state.drainRatePerS) * 1_000);
  }

  /** A reading at most a second old; `null` when there is none, since a hint is never worth an error. */
  async recent(): Promise<QueueState | null> {
    const nowMs = performance.now();
    if (!this.#latest || nowMs - this.#latest.readAtMs > READING_AGE_MAX_MS) {
      this.#latest = { state: this.read(), readAtMs: nowMs };
    }
    return this.#latest.state.catch(() => null);
  }
}
