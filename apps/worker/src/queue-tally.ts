import type { QueueTotal } from "@semblance/shared/queue/queue-totals";
import type { AttemptReport } from "./scoring/attempt-report.ts";
import type { DeliveryReport } from "./webhooks/delivery-report.ts";

const OF_ATTEMPTS: { [Outcome in AttemptReport["outcome"]]?: QueueTotal } = {
  timed_out: "timed_out",
  crashed: "crashed",
  out_of_memory: "out_of_memory",
};

const OF_DELIVERIES: { [Outcome in DeliveryReport["outcome"]]?: QueueTotal } = {
  succeeded: "delivered",
  failed: "undelivered",
};

/** Counts, for all workers' totals, what becomes of attempts and deliveries here. */
export class QueueTally {
  readonly #counts = new Map<QueueTotal, number>();

  countAttempt({ outcome }: AttemptReport): void {
    this.#add(OF_ATTEMPTS[outcome], 1);
  }

  countDelivery({ outcome }: DeliveryReport): void {
    this.#add(OF_DELIVERIES[outcome], 1);
  }

  /**
   * Hands over what was counted since the last time. What is not taken is counted on.
   *
   * @param take given names and counts by turns
   * @throws what it threw
   */
  async handOver(take: (counts: (string | number)[]) => Promise<void>): Promise<void> {
    const counts = [...this.#counts];
    this.#counts.clear();
    try {
      await take(counts.flat());
    } catch (error) {
      for (const [total, count] of counts) this.#add(total, count);
      throw error;
    }
  }

  #add(total: QueueTotal | undefined, count: number): void {
    if (total) this.#counts.set(total, (this.#counts.get(total) ?? 0) + count);
  }
}
