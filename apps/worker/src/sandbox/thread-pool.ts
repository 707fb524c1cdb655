import { AsyncLocalStorage } from "node:async_hooks";
import { type Child, ChildPool } from "bullmq";
import { ThreadStartError } from "./sandbox-error.ts";
import { SandboxThread, type ThreadOptions } from "./sandbox-thread.ts";

export interface ThreadPoolOptions extends ThreadOptions {
  /** How many threads may be alive at once: the worker's concurrency and a spare. */
  threadsMax: number;
  onStarted: () => void;
  /** A thread could not be started, for a waiting job or as a spare. */
  onStartFailed: (error: ThreadStartError) => void;
}

interface Waiter {
  resolve: (thread: SandboxThread) => void;
  reject: (error: Error) => void;
}

/**
 * The threads of one worker. Keeps `threadsMax` of them alive and warm, replaces the dead, and never lends one that is
 * dying. A thread counts until it is dead, so that there are never more.
 */
export class ThreadPool extends ChildPool {
  readonly #options: ThreadPoolOptions;
  readonly #lent = new AsyncLocalStorage<SandboxThread>();
  readonly #alive = new Set<SandboxThread>();
  readonly #idle: SandboxThread[] = [];
  readonly #waiters: Waiter[] = [];
  #refilling = true;

  constructor(options: ThreadPoolOptions) {
    super({ mainFile: options.mainFile, useWorkerThreads: true });
    this.#options = options;
  }

  /** Threads that are not dead yet. */
  get aliveCount(): number {
    return this.#alive.size;
  }

  /**
   * Takes a warm thread, or waits for one that starts.
   *
   * @throws {ThreadStartError} when the start that it waited for failed
   */
  acquire(): Promise<SandboxThread> {
    const thread = this.#takeIdle();
    if (thread) return Promise.resolve(thread);
    if (!this.#refilling) return Promise.reject(new ThreadStartError("threads are not being started"));
    const { promise, resolve, reject } = Promise.withResolvers<SandboxThread>();
    this.#waiters.push({ resolve, reject });
    this.#refill();
    return promise;
  }

  /** Makes BullMQ run a job in this very thread: `run` ends in a call of {@link retain}. */
  lend<Value>(thread: SandboxThread, run: () => Promise<Value>): Promise<Value> {
    return this.#lent.run(thread, run);
  }

  override async retain(): Promise<Child> {
    const thread = this.#lent.getStore();
    if (!thread) throw new Error("a thread is retained through lend() only");
    return thread;
  }

  /** Called by BullMQ when a job is done with its thread, also when the thread is about to die. */
  override release(child: Child): void {
    const thread = child as SandboxThread;
    if (thread.isUsable) this.#hand(thread);
  }

  override remove(): void {}

  /** Kills a thread; its successor starts once it is dead. */
  async destroy(thread: SandboxThread): Promise<void> {
    await thread.terminate();
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
    const thread = new SandboxThread(this.#options);
    await this.#startThread(thread);
    this.#hand(thread);
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
    await Promise.all([...this.#alive].map((thread) => thread.terminate()));
  }

  #takeIdle(): SandboxThread | undefined {
    for (;;) {
      const thread = this.#idle.pop();
      if (!thread || thread.isUsable) return thread;
    }
  }

  #hand(thread: SandboxThread): void {
    const waiter = this.#waiters.shift();
    if (waiter) waiter.resolve(thread);
    else this.#idle.push(thread);
  }

  #refill(): Promise<void>[] {
    const starts: Promise<void>[] = [];
    while (this.#refilling && this.#alive.size < this.#options.threadsMax)
      starts.push(this.#startReplacement());
    return starts;
  }

  async #startReplacement(): Promise<void> {
    const thread = new SandboxThread(this.#options);
    try {
      await this.#startThread(thread);
      this.#options.onStarted();
      this.#hand(thread);
    } catch (error) {
      const failure = error as ThreadStartError;
      this.#options.onStartFailed(failure);
      this.#waiters.shift()?.reject(failure);
    }
  }

  async #startThread(thread: SandboxThread): Promise<void> {
    this.#alive.add(thread);
    try {
      await thread.start();
    } catch (error) {
      this.#alive.delete(thread);
      throw error;
    }
    thread.exited.then(() => {
      this.#alive.delete(thread);
      this.#refill();
    });
  }
}
