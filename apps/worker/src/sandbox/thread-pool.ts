import { AsyncLocalStorage } from "node:async_hooks";
import { type Child, ChildPool } from "bullmq";
import { CanceledError, ThreadStartError } from "./sandbox-error.ts";
import type { KillReason, SandboxEvent } from "./sandbox-event.ts";
import { SandboxThread, type ThreadOptions } from "./sandbox-thread.ts";

export interface ThreadPoolOptions extends ThreadOptions {
  /** How many threads may be at work at once; one more is kept alive, a warm spare. */
  jobsAtOnce: () => number;
  /** Attempts after which a thread is replaced. */
  jobsMax: number;
  /** The share of its heap limit, 0 to 1, from which on a thread is replaced. */
  heapShareMax: number;
  onEvent: (event: SandboxEvent) => void;
}

export interface ThreadCounts {
  /** Not dead yet: those that start and those that die count. */
  alive: number;
  /** Ready for a job. */
  warm: number;
  /** At work on a job. */
  lent: number;
}

interface Waiter {
  resolve: (thread: SandboxThread) => void;
  reject: (error: Error) => void;
}

/** Timers take no more. */
const DELAY_MS_MAX = 2 ** 31 - 1;
/** The heap of a thread is looked at this often at the most: asking interrupts it. */
const HEAP_CHECK_INTERVAL_MS = 100;

/** BullMQ pipes the output of each thread into the process's own: that many listeners are no leak. */
const allowListeners = (stream: NodeJS.WriteStream, threadsMax: number): void => {
  const max = stream.getMaxListeners();
  // A dying thread's pipe may still be there when its successor's is.
  if (max !== 0) stream.setMaxListeners(max + 2 * threadsMax);
};

/**
 * The threads of one worker. Keeps as many alive as may be at work and one more, warm, replaces the dead and the worn, and never
 * lends one that is dying. A thread counts until it is dead, so that there are never more.
 */
export class ThreadPool extends ChildPool {
  readonly #options: ThreadPoolOptions;
  readonly #lending = new AsyncLocalStorage<SandboxThread>();
  readonly #alive = new Set<SandboxThread>();
  readonly #lent = new Set<SandboxThread>();
  readonly #idle: SandboxThread[] = [];
  readonly #worn = new WeakSet<SandboxThread>();
  readonly #heapCheckedAtMs = new WeakMap<SandboxThread, number>();
  readonly #starts = new Set<Promise<void>>();
  readonly #waiters: Waiter[] = [];
  #refilling = true;

  constructor(options: ThreadPoolOptions) {
    super({ mainFile: options.bullmqMain, useWorkerThreads: true });
    this.#options = options;
    allowListeners(process.stdout, this.#threadsMax);
    allowListeners(process.stderr, this.#threadsMax);
  }

  get #threadsMax(): number {
    return this.#options.jobsAtOnce() + 1;
  }

  get #isFull(): boolean {
    return this.#lent.size >= this.#options.jobsAtOnce();
  }

  get counts(): ThreadCounts {
    const warm = this.#idle.filter((thread) => thread.isUsable).length;
    return { alive: this.#alive.size, warm, lent: this.#lent.size };
  }

  /**
   * Takes a warm thread, or waits for one that starts, or for its turn.
   *
   * @param limitMs how long it waits at the most
   * @throws {ThreadStartError} when the start that it waited for failed, or its turn did not come
   * @throws {CanceledError} when the signal says so
   */
  acquire(limitMs: number, signal?: AbortSignal): Promise<SandboxThread> {
    const thread = this.#isFull ? undefined : this.#takeIdle();
    if (thread) {
      this.#lent.add(thread);
      return Promise.resolve(thread);
    }
    if (!this.#refilling) return Promise.reject(new ThreadStartError("threads are not being started"));
    const { promise, resolve, reject } = Promise.withResolvers<SandboxThread>();
    const waiter = { resolve, reject };
    const leave = (error: Error) => {
      const place = this.#waiters.indexOf(waiter);
      if (place !== -1) this.#waiters.splice(place, 1);
      reject(error);
    };
    const onAbort = () => leave(new CanceledError("the job was canceled"));
    const limit = setTimeout(
      () => leave(new ThreadStartError("no thread was free in time")),
      Math.min(limitMs, DELAY_MS_MAX),
    );
    this.#waiters.push(waiter);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#refill();
    return promise.finally(() => {
      clearTimeout(limit);
      signal?.removeEventListener("abort", onAbort);
    });
  }

  /** Makes BullMQ run a job in this very thread: `run` ends in a call of {@link retain}. */
  lend<Value>(thread: SandboxThread, run: () => Promise<Value>): Promise<Value> {
    thread.lentCount += 1;
    thread.isBusy = true;
    return this.#lending.run(thread, run);
  }

  override async retain(): Promise<Child> {
    const thread = this.#lending.getStore();
    if (!thread) throw new Error("a thread is retained through lend() only");
    return thread;
  }

  /**
   * Called by BullMQ when a job is done with its thread: also when the thread is about to die, and when it is still at work and
   * BullMQ could not deal with what it said. Neither is lent again.
   */
  override release(child: Child): void {
    const thread = child as SandboxThread;
    if (!thread.isUsable || thread.isBusy) return;
    this.#lent.delete(thread);
    this.#checkWear(thread);
    if (this.#worn.has(thread) && this.#isReplaceable()) void this.destroy(thread, "recycled");
    else this.#hand(thread);
  }

  /**
   * Kills a thread; its successor starts once it is dead.
   *
   * @returns whether it is dead; false when it is stuck
   */
  async destroy(thread: SandboxThread, reason: KillReason): Promise<boolean> {
    if (thread.isCondemned) return thread.terminate();
    const startedAtMs = performance.now();
    const isDead = await thread.terminate();
    if (isDead) {
      const durationMs = performance.now() - startedAtMs;
      this.#options.onEvent({ type: "thread-killed", reason, durationMs });
    } else this.#options.onEvent({ type: "thread-stuck", reason });
    return isDead;
  }

  /** Starts threads up to the full number, and resolves when each has started or failed. */
  async warm(): Promise<void> {
    this.#refilling = true;
    await Promise.allSettled(this.#refill());
  }

  /**
   * Starts one thread, to find out whether it can be done.
   *
   * @throws {ThreadStartError}
   */
  async probe(): Promise<void> {
    if (this.#alive.size >= this.#threadsMax) return;
    this.#hand(await this.#start());
  }

  /** Starts no thread until {@link warm}, and tells those who wait for one. */
  stopRefilling(): void {
    this.#refilling = false;
    const error = new ThreadStartError("threads are not being started");
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  /** Kills every thread. Called by BullMQ when the worker closes. */
  override async clean(): Promise<void> {
    this.stopRefilling();
    await Promise.all([...this.#alive].map((thread) => this.destroy(thread, "closing")));
    await Promise.allSettled(this.#starts);
  }

  #takeIdle(): SandboxThread | undefined {
    for (;;) {
      const thread = this.#idle.pop();
      if (!thread || thread.isUsable) return thread;
    }
  }

  #hand(thread: SandboxThread): void {
    this.#idle.push(thread);
    this.#serveWaiters();
  }

  #serveWaiters(): void {
    while (this.#waiters.length > 0 && !this.#isFull) {
      const thread = this.#takeIdle();
      if (!thread) return;
      this.#lent.add(thread);
      this.#waiters.shift()!.resolve(thread);
    }
  }

  /** Looks whether the thread has become old or fat; the heap's size comes later, and counts at the next release. */
  #checkWear(thread: SandboxThread): void {
    if (thread.lentCount >= this.#options.jobsMax) this.#worn.add(thread);
    const nowMs = performance.now();
    const checkedAtMs = this.#heapCheckedAtMs.get(thread) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - checkedAtMs < HEAP_CHECK_INTERVAL_MS) return;
    this.#heapCheckedAtMs.set(thread, nowMs);
    void thread.heapShare().then((share) => {
      if (share >= this.#options.heapShareMax) this.#worn.add(thread);
    });
  }

  /** Only while all others are there, one of them warm: then nobody waits for the successor. Else it serves on. */
  #isReplaceable(): boolean {
    const { alive, warm, lent } = this.counts;
    return warm > 0 && warm + lent + 1 === alive && alive === this.#threadsMax;
  }

  #refill(): Promise<void>[] {
    const starts: Promise<void>[] = [];
    while (this.#refilling && this.#alive.size < this.#threadsMax) {
      const start = this.#startReplacement().finally(() => this.#starts.delete(start));
      this.#starts.add(start);
      starts.push(start);
    }
    return starts;
  }

  async #startReplacement(): Promise<void> {
    try {
      this.#hand(await this.#start());
    } catch (error) {
      const failure = error as ThreadStartError;
      this.#waiters.shift()?.reject(failure);
    }
  }

  async #start(): Promise<SandboxThread> {
    const startedAtMs = performance.now();
    const thread = new SandboxThread(this.#options);
    this.#alive.add(thread);
    try {
      await thread.start();
    } catch (error) {
      if (thread.isDead) this.#alive.delete(thread);
      else this.#options.onEvent({ type: "thread-stuck", reason: "start_failed" });
      // One that was killed meanwhile has not failed.
      if (!thread.isCondemned) {
        this.#options.onEvent({ type: "thread-start-failed", error: error as ThreadStartError });
      }
      throw error;
    }
    this.#options.onEvent({ type: "thread-started", durationMs: performance.now() - startedAtMs });
    void thread.exited.then(() => this.#bury(thread));
    return thread;
  }

  #bury(thread: SandboxThread): void {
    this.#alive.delete(thread);
    this.#lent.delete(thread);
    const place = this.#idle.indexOf(thread);
    if (place !== -1) this.#idle.splice(place, 1);
    if (!thread.isCondemned) {
      const { causeOfDeath: code, lastError: cause, lentCount } = thread;
      this.#options.onEvent({ type: "thread-died", code, cause, lentCount });
    }
    this.#refill();
    this.#serveWaiters();
  }
}
