import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { DELIVERY_QUEUE } from "../redis/keys.ts";
import { DELIVERY_JOB, type DeliveryJobData } from "../webhook/delivery.ts";

export interface DeliveryQueueOptions {
  redis: Redis;
  keyPrefix: string;
  onError: (error: Error) => void;
}

/** Those that were given up, for Bull Board to show; what became of each delivery is kept by itself. */
const FAILED_SHOWN = 200;

/** Nobody waits for a delivery's events. */
const EVENTS_MAX = 1_000;

/** What a delivery's BullMQ job is added with. An attempt is none of BullMQ's: their record is the delivery's own. */
export const deliveryJobOptions = (jobId: string) => ({
  jobId,
  removeOnComplete: true,
  removeOnFail: { count: FAILED_SHOWN },
  // It names files, and its reason is kept by itself.
  stackTraceLimit: 0,
});

/** Of one that no job's end releases. */
const toBullJobId = (id: string, restart: number) => `${id}-${restart}`;

/** The producer's side of the queue of deliveries that no job's end releases. The connection stays its owner's. */
export class DeliveryQueue {
  readonly #options: DeliveryQueueOptions;
  #opening: Promise<Queue<DeliveryJobData>> | undefined;

  constructor(options: DeliveryQueueOptions) {
    this.#options = options;
  }

  /** Adds deliveries that are kept; asking twice for the same restart is asking once. */
  async add(deliveries: readonly DeliveryJobData[]): Promise<void> {
    const queue = await this.#open();
    await queue.addBulk(
      deliveries.map((data) => ({
        name: DELIVERY_JOB,
        data,
        // Before others: somebody looks at it.
        opts: { ...deliveryJobOptions(toBullJobId(data.deliveryId, data.restart)), lifo: true },
      })),
    );
  }

  /**
   * Takes out a delivery that waits for a job's end, or for its next attempt; one that is being sent stays.
   *
   * @param restart how often it had been asked to be sent again
   */
  async remove(id: string, restart = 0): Promise<void> {
    const queue = await this.#open();
    const removals = [queue.remove(toBullJobId(id, restart))];
    if (restart === 0) removals.push(queue.remove(id, { removeChildren: false }));
    await Promise.all(removals);
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close();
  }

  // A failed opening is forgotten, as that of the scoring queue is.
  #open(): Promise<Queue<DeliveryJobData>> {
    this.#opening ??= this.#create().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #create(): Promise<Queue<DeliveryJobData>> {
    const { redis, keyPrefix, onError } = this.#options;
    const queue = new Queue<DeliveryJobData>(DELIVERY_QUEUE, {
      connection: redis,
      prefix: keyPrefix,
      streams: { events: { maxLen: EVENTS_MAX } },
    });
    queue.on("error", onError);
    await queue.waitUntilReady();
    return queue;
  }
}
