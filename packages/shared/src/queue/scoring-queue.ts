import { type JobsOptions, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { SCORING_JOB, type ScoringJobData } from "../job/scoring-job.ts";
import { SCORING_QUEUE } from "../redis/keys.ts";

export interface ScoringQueueOptions {
  redis: Redis;
  keyPrefix: string;
  /** How often a job is tried in all. */
  jobAttempts: number;
  /** How long an ended job is kept. */
  resultTtlMs: number;
  onError: (error: Error) => void;
}

/** The first retry waits about this long, each further one twice as long as the one before. */
const BACKOFF_MS = 1_000;

/** The producer's side of the scoring queue. The connection stays its owner's. */
export class ScoringQueue {
  readonly #options: ScoringQueueOptions;
  readonly #jobOptions: JobsOptions;
  #opening: Promise<Queue> | undefined;

  constructor(options: ScoringQueueOptions) {
    this.#options = options;
    const age = Math.ceil(options.resultTtlMs / 1_000);
    this.#jobOptions = {
      attempts: options.jobAttempts,
      backoff: { type: "exponential", delay: BACKOFF_MS, jitter: 0.5 },
      removeOnComplete: { age },
      removeOnFail: { age },
      stackTraceLimit: 1,
    };
  }

  /** Adds a job under an id of its own; adding it twice is adding it once. */
  async add(id: string, data: ScoringJobData, createdAtMs: number): Promise<void> {
    const queue = await this.#open();
    await queue.add(SCORING_JOB, data, { ...this.#jobOptions, jobId: id, timestamp: createdAtMs });
  }

  /** @returns whether the job was waiting and is no longer; a running one stays */
  async remove(id: string): Promise<boolean> {
    const queue = await this.#open();
    return (await queue.remove(id)) === 1;
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close();
  }

  // BullMQ's queue is broken for good when Redis goes away while it is being opened, so a failed opening is forgotten.
  #open(): Promise<Queue> {
    this.#opening ??= this.#create().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #create(): Promise<Queue> {
    const { redis, keyPrefix, onError } = this.#options;
    const queue = new Queue(SCORING_QUEUE, { connection: redis, prefix: keyPrefix });
    queue.on("error", onError);
    await queue.waitUntilReady();
    return queue;
  }
}
