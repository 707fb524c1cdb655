import { randomUUID } from "node:crypto";
import { describeError } from "@semblance/shared/errors/describe-error";
import type { ScoringQueue } from "@semblance/shared/queue/scoring-queue";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Logger } from "@semblance/shared/telemetry/logger";
import type { Redis } from "ioredis";
import { type EndOutcome, markEnded } from "../jobs/end-job.ts";
import { findOverdue, OVERDUE_MAX } from "./find-overdue.ts";
import { sweepLedger } from "./sweep-ledger.ts";

const INTERVAL_MS = 500;
/** Ended jobs of each kind, at a time. */
const DROPPED_MAX = 1_000;

export interface ExpirySweepOptions {
  redis: Redis;
  keys: RedisKeys;
  queue: ScoringQueue;
  resultTtlMs: number;
  deliveryTtlMs: number;
  log: Logger;
  /** Called once for each job that expired, by the process that found it. */
  onExpired: () => void;
}

/**
 * Ends jobs that no worker took in time as `expired`, also while no worker is alive, and drops what is kept of ended ones when its
 * time is over. Of all API processes one sweeps at a time; each step can be done twice, so that whatever a killed one leaves is finished
 * by the next.
 */
export class ExpirySweep {
  readonly #options: ExpirySweepOptions;
  readonly #me = randomUUID();
  #timer: NodeJS.Timeout | undefined;
  #ledgerCursor = "0";
  #sweeping: Promise<void> = Promise.resolve();

  constructor(options: ExpirySweepOptions) {
    this.#options = options;
    this.#sweepLater();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#sweeping;
  }

  #sweepLater(): void {
    this.#timer = setTimeout(() => {
      this.#sweeping = this.#sweep()
        // Redis may be away; the connection's owner says so.
        .catch((error) => this.#options.log.debug({ error: describeError(error) }, "expiry sweep"))
        .then(() => {
          if (this.#timer) this.#sweepLater();
        });
    }, INTERVAL_MS);
  }

  async #sweep(): Promise<void> {
    const { redis, keys, queue, resultTtlMs } = this.#options;
    let gone: boolean[];
    do {
      const overdue = await findOverdue(redis, keys, this.#me);
      if (overdue === null) return;
      gone = await Promise.all(overdue.map((id) => this.#end(id)));
      // As long as there are more, and none that must be waited for.
    } while (gone.length === OVERDUE_MAX && gone.every(Boolean) && this.#timer);
    this.#ledgerCursor = await sweepLedger(redis, keys, this.#ledgerCursor, resultTtlMs);
    await queue.dropExpired(DROPPED_MAX);
  }

  /** @returns whether the job need not be looked at again */
  async #end(id: string): Promise<boolean> {
    const { redis, keys, log, onExpired } = this.#options;
    const outcome = await markEnded(redis, keys, id, "expired", this.#options);
    if (outcome === "ended" || outcome === "told") {
      log.info({ jobId: id }, "job expired");
      onExpired();
    }
    const isGone = await this.#isOutOfQueue(id, outcome);
    if (isGone) await redis.zrem(keys.startDeadlines, id);
    return isGone;
  }

  async #isOutOfQueue(id: string, outcome: EndOutcome): Promise<boolean> {
    switch (outcome) {
      case "ended":
      case "marked":
        return this.#options.queue.remove(id);
      // Its worker ends it, or puts it back; or it is still to be added.
      case "told":
      case "held":
      case "pending":
        return false;
      case "done":
      case "started":
      case "unknown":
        return true;
    }
  }
}
