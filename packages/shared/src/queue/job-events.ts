import { QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import { redisKeys, SCORING_QUEUE } from "../redis/keys.ts";

/** `ended`: in whatever way. `changed`: it may have another status or progress by now. `closed`: nothing more will be told. */
export type JobEvent = "ended" | "changed" | "closed";

type Listener = (event: JobEvent) => void;

export interface JobEventsOptions {
  /** For short reads. */
  redis: Redis;
  /** What the connection that waits for events is like; BullMQ makes one of its own after it. */
  connectionModel: Redis;
  keyPrefix: string;
  onError: (error: Error) => void;
}

/** Events are read for so long after nobody listens any more: the next one is often there soon. */
const IDLE_MS = 10_000;

/** What BullMQ tells of a job, and what our scripts add: that a thread has begun with it, and that it was ended from outside. */
const EVENTS: Record<string, JobEvent> = {
  completed: "ended",
  failed: "ended",
  "ended-from-outside": "ended",
  started: "changed",
  progress: "changed",
  active: "changed",
  waiting: "changed",
  delayed: "changed",
};

/**
 * Tells listeners what becomes of their jobs, from BullMQ's stream of events: one blocked read for all of them, and none while there are
 * none. No listener is told of what was before.
 */
export class JobEvents {
  readonly #options: JobEventsOptions;
  readonly #listeners = new Map<string, Set<Listener>>();
  #opening: Promise<QueueEvents> | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: JobEventsOptions) {
    this.#options = options;
  }

  /** How many jobs are listened for. */
  get jobCount(): number {
    return this.#listeners.size;
  }

  /**
   * From the moment it resolves whatever happens to the job is told: read its state after that.
   *
   * @returns stops it
   * @throws what Redis threw, and nothing is told then
   */
  async listen(id: string, listener: Listener): Promise<() => void> {
    if (this.#isClosed) {
      listener("closed");
      return () => undefined;
    }
    clearTimeout(this.#idle);
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    const stop = () => this.#remove(id, listener);
    try {
      await this.#open();
    } catch (error) {
      stop();
      throw error;
    }
    return stop;
  }

  /** Lets all go that listen. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    this.#letGo();
    await this.#closeSource();
  }

  #letGo(): void {
    for (const id of this.#listeners.keys()) this.#tell(id, "closed");
    this.#listeners.clear();
  }

  #tell(id: string, event: JobEvent): void {
    for (const listener of this.#listeners.get(id) ?? []) listener(event);
  }

  #remove(id: string, listener: Listener): void {
    const listeners = this.#listeners.get(id);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(id);
    if (this.#listeners.size > 0 || this.#isClosed) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#closeSource().catch(this.#options.onError);
    }, IDLE_MS).unref();
  }

  #open(): Promise<QueueEvents> {
    this.#opening ??= this.#create().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #create(): Promise<QueueEvents> {
    const { redis, connectionModel, keyPrefix, onError } = this.#options;
    const [latest] = await redis.xrevrange(redisKeys(keyPrefix).queueEvents, "+", "-", "COUNT", 1);
    const events = new QueueEvents(SCORING_QUEUE, {
      connection: connectionModel,
      prefix: keyPrefix,
      // Not "$", which would be the moment when the connection is there.
      lastEventId: latest?.[0] ?? "0-0",
      autorun: false,
    });
    events.on("error", onError);
    for (const [name, event] of Object.entries(EVENTS)) {
      events.on(name as "completed", ({ jobId }: { jobId: string }) => this.#tell(jobId, event));
    }
    events.run().catch((error) => this.#giveUp(events, error).catch(onError));
    return events;
  }

  /** Nobody is to wait for what will not be told any more; whoever listens next opens another. */
  async #giveUp(source: QueueEvents, error: Error): Promise<void> {
    if ((await this.#opening) !== source) return;
    this.#options.onError(error);
    this.#letGo();
    await this.#closeSource();
  }

  async #closeSource(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    const source = await opening?.catch(() => undefined);
    await source?.close();
  }
}
