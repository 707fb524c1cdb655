import type { ResourceLimits } from "node:worker_threads";
import { type Job, WaitingError, Worker, type WorkerOptions } from "bullmq";
import { Attempt } from "./attempt.ts";
import { SandboxError, type ThreadStartError } from "./sandbox-error.ts";
import type { SandboxThread } from "./sandbox-thread.ts";
import { type BreakerOptions, StartBreaker } from "./start-breaker.ts";
import { ThreadPool } from "./thread-pool.ts";

export interface SandboxOptions<Data> {
  /** How long one attempt of this job may run, from the moment its thread takes it. */
  deadlineMs: (job: Job<Data>) => number;
  /** How long a thread may take to load the processor. */
  startLimitMs: number;
  breaker: BreakerOptions;
  /** Given to every thread as `workerData`. */
  workerData?: unknown;
  resourceLimits?: ResourceLimits;
  /** Threads cannot be started: no job is taken until they can. */
  onBreakerOpen?: (error: ThreadStartError) => void;
  onBreakerClose?: () => void;
}

export interface SandboxedWorkerOptions<Data> extends Omit<WorkerOptions, "useWorkerThreads" | "autorun"> {
  concurrency: number;
  sandbox: SandboxOptions<Data>;
}

const isOutOfMemory = (error: Error | null) =>
  (error as NodeJS.ErrnoException | null)?.code === "ERR_WORKER_OUT_OF_MEMORY";

/** What an attempt whose thread died by itself is told to have died of. */
const toCrash = (thread: SandboxThread): SandboxError =>
  isOutOfMemory(thread.lastError)
    ? new SandboxError("out_of_memory", "the thread ran out of memory", { cause: thread.lastError })
    : new SandboxError("crashed", `the thread exited with code ${thread.exitCode}`, {
        cause: thread.lastError,
      });

/**
 * A BullMQ worker whose processor runs in worker threads that can be stopped whatever they do: each attempt has a hard
 * deadline, a crash costs its own job only, and a shutdown in the middle puts jobs back.
 *
 * Call {@link warm} before `run()`, and {@link shutDown} in the place of `close()`.
 */
export class SandboxedWorker<Data = unknown, Result = unknown> extends Worker<Data, Result> {
  // Made by createSandbox(), which the base constructor calls: an initialiser here would undo that.
  declare private pool: ThreadPool;
  declare private breaker: StartBreaker;
  readonly #attempts = new Set<Attempt>();
  #stopping = false;

  /** @param processor the module whose default export is run in the threads */
  constructor(queueName: string, processor: URL, options: SandboxedWorkerOptions<Data>) {
    super(queueName, processor, { ...options, useWorkerThreads: true, autorun: false });
  }

  get #sandbox(): SandboxOptions<Data> {
    return (this.opts as unknown as SandboxedWorkerOptions<Data>).sandbox;
  }

  /** Threads that are not dead yet: at most concurrency + 1. */
  get threadCount(): number {
    return this.pool.aliveCount;
  }

  /** Whether jobs are taken: threads can be started, and no shutdown has begun. */
  get isTaking(): boolean {
    return !this.breaker.isOpen && !this.#stopping;
  }

  /** Starts the threads, so that no job waits for one. */
  warm(): Promise<void> {
    return this.pool.warm();
  }

  /**
   * Takes no further job, gives running ones the grace, then kills their threads and puts them back at the queue's head,
   * their attempt not counted.
   */
  async shutDown(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.breaker.stop();
    const grace = setTimeout(() => {
      this.pool.stopRefilling();
      for (const attempt of this.#attempts) attempt.interrupt();
    }, graceMs);
    try {
      await this.close();
    } finally {
      clearTimeout(grace);
    }
  }

  protected override createSandbox(processor: string): void {
    const { mainFile } = this["childPool"]["opts"] as { mainFile: string };
    const { sandbox } = this.opts as unknown as SandboxedWorkerOptions<Data>;
    this.pool = new ThreadPool({
      mainFile,
      processorUrl: processor,
      workerData: sandbox.workerData,
      resourceLimits: sandbox.resourceLimits ?? {},
      startLimitMs: sandbox.startLimitMs,
      threadsMax: this.opts.concurrency! + 1,
      onStarted: () => this.breaker.succeeded(),
      onStartFailed: (error) => this.#startFailed(error),
    });
    this.breaker = new StartBreaker(sandbox.breaker, {
      open: () => this.#stopTaking(),
      probe: () => this.pool.probe(),
      close: () => this.#takeAgain(),
    });
    this["childPool"] = this.pool;
    super.createSandbox(processor);
  }

  protected override async callProcessJob(
    job: Job<Data>,
    token: string,
    signal?: AbortSignal,
  ): Promise<Result> {
    if (this.#stopping) return this.#putBack(job, token);
    const thread = await this.pool.acquire().catch((error: ThreadStartError) => error);
    if (thread instanceof Error) return this.#putBack(job, token);
    if (this.#stopping) {
      this.pool.release(thread);
      return this.#putBack(job, token);
    }

    const attempt = new Attempt(thread, this.#sandbox.deadlineMs(job), () => this.pool.destroy(thread));
    this.#attempts.add(attempt);
    try {
      const run = () => super.callProcessJob(job as Job<Data, Result>, token, signal);
      const answer = await this.pool.lend(thread, run).then(
        (value) => ({ value }),
        (error: Error) => ({ error }),
      );
      return await this.#conclude(attempt, answer, job, token);
    } finally {
      this.#attempts.delete(attempt);
    }
  }

  async #conclude(
    attempt: Attempt,
    answer: { value: Result } | { error: Error },
    job: Job<Data>,
    token: string,
  ): Promise<Result> {
    const { thread } = attempt;
    const verdict = attempt.answered();
    if (verdict === "answered") {
      if ("value" in answer) return answer.value;
      throw thread.hasProcessExited() ? toCrash(thread) : answer.error;
    }
    // The slot is free only when the thread is dead, also when an answer came while it was being killed.
    await thread.exited;
    if (verdict === "interrupted") return this.#putBack(job, token);
    throw new SandboxError("timed_out", `the attempt ran longer than ${this.#sandbox.deadlineMs(job)} ms`);
  }

  /** Back to the queue's head, as if the job had not been taken. */
  async #putBack(job: Job<Data>, token: string): Promise<never> {
    await job.moveToWait(token);
    throw new WaitingError("put back");
  }

  #startFailed(error: ThreadStartError): void {
    const wasOpen = this.breaker.isOpen;
    this.breaker.failed();
    if (this.breaker.isOpen && !wasOpen) this.#sandbox.onBreakerOpen?.(error);
  }

  #stopTaking(): void {
    this.pool.stopRefilling();
    this.pause(true).catch((error) => this.emit("error", error));
  }

  #takeAgain(): void {
    this.#sandbox.onBreakerClose?.();
    this.warm();
    this.resume().catch((error) => this.emit("error", error));
  }
}
