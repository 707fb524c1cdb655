import { type JobsOptions, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { SCORING_JOB, type ScoringJobData } from "../job/scoring-job.ts";
import { DELIVERY_QUEUE, redisKeys, SCORING_QUEUE } from "../redis/keys.ts";
import { DELIVERY_JOB, type DeliveryJobData } from "../webhook/delivery.ts";
import { deliveryJobOptions } from "./delivery-queue.ts";
import { createFlows, type Flows } from "./flows.ts";

export interface ScoringQueueOptions {
  redis: Redis;
  keyPrefix: string;
  /** How long an ended job is kept. */
  resultTtlMs: number;
  onError: (error: Error) => void;
}

/** How often a job may be tried at the very most; the worker decides by the kind of failure, and for how long it waits. */
export const JOB_ATTEMPTS_MAX = 100;

/** Where a job is to stand, and what is to follow its end. */
export interface JobPlace {
  createdAtMs: number;
  /** BullMQ's, from 1, where 1 is first; all jobs must have one, for those without go before all others. */
  priority: number;
  /** A webhook, which the step that ends the job releases. */
  delivery?: DeliveryJobData | undefined;
}

interface Open {
  queue: Queue;
  flows: Flows;
}

/** The producer's side of the scoring queue. The connection stays its owner's. */
export class ScoringQueue {
  readonly #options: ScoringQueueOptions;
  readonly #jobOptions: JobsOptions;
  #opening: Promise<Open> | undefined;

  constructor(options: ScoringQueueOptions) {
    this.#options = options;
    const age = Math.ceil(options.resultTtlMs / 1_000);
    this.#jobOptions = {
      attempts: JOB_ATTEMPTS_MAX,
      backoff: { type: "decided by the worker" },
      removeOnComplete: { age },
      removeOnFail: { age },
      // What is kept of each attempt is a line: see the worker.
      stackTraceLimit: JOB_ATTEMPTS_MAX,
    };
  }

  /** Adds a job under an id of its own; adding it twice is adding it once. */
  async add(id: string, data: ScoringJobData, { createdAtMs, priority, delivery }: JobPlace): Promise<void> {
    const { queue, flows } = await this.#open();
    const options = { ...this.#jobOptions, jobId: id, timestamp: createdAtMs, priority };
    if (!delivery) {
      await queue.add(SCORING_JOB, data, options);
      return;
    }
    await flows.add({
      name: DELIVERY_JOB,
      queueName: DELIVERY_QUEUE,
      data: delivery,
      opts: deliveryJobOptions(delivery.deliveryId),
      children: [
        {
          name: SCORING_JOB,
          queueName: SCORING_QUEUE,
          data,
          // A job that fails is told of as one that succeeds is.
          opts: { ...options, ignoreDependencyOnFailure: true },
        },
      ],
    });
  }

  /** @returns whether the job was waiting and is no longer; a running one stays */
  async remove(id: string): Promise<boolean> {
    const { queue } = await this.#open();
    return (await queue.remove(id)) === 1;
  }

  /** BullMQ itself drops ended jobs that are too old only when another one ends in the same way. */
  async dropExpired(jobsMax: number): Promise<void> {
    const { queue } = await this.#open();
    const { redis, keyPrefix, resultTtlMs } = this.#options;
    const { queueCompleted, queueFailed } = redisKeys(keyPrefix);
    const clean = async (state: "completed" | "failed", key: string) => {
      // Each cleaning is an event to BullMQ, also one of nothing.
      const expired = await redis.zcount(key, "-inf", Date.now() - resultTtlMs);
      if (expired > 0) await queue.clean(resultTtlMs, jobsMax, state);
    };
    await Promise.all([clean("completed", queueCompleted), clean("failed", queueFailed)]);
  }

  async close(): Promise<void> {
    const open = await this.#opening;
    await open?.flows.close();
    await open?.queue.close();
  }

  // BullMQ's queue is broken for good when Redis goes away while it is being opened, so a failed opening is forgotten.
  #open(): Promise<Open> {
    this.#opening ??= this.#create().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #create(): Promise<Open> {
    const { redis, keyPrefix, onError } = this.#options;
    const queue = new Queue(SCORING_QUEUE, { connection: redis, prefix: keyPrefix });
    queue.on("error", onError);
    await queue.waitUntilReady();
    return { queue, flows: createFlows(redis, keyPrefix, onError) };
  }
}
