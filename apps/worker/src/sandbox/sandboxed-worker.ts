import { type Job, WaitingError, Worker, type WorkerOptions } from "bullmq";
import { Attempt, type Outcome } from "./attempt.ts";
import { toError } from "./outcome-error.ts";
import { CanceledError, ThreadStartError } from "./sandbox-error.ts";
import type { SandboxEvent } from "./sandbox-event.ts";
import {
  type ResolvedSandboxOptions,
  resolveSandboxOptions,
  type SandboxOptions,
} from "./sandbox-options.ts";
import type { Attachment, SandboxThread } from "./sandbox-thread.ts";
import { settlesWithin } from "./settles-within.ts";
import { StartBreaker } from "./start-breaker.ts";
import { type ThreadCounts, ThreadPool } from "./thread-pool.ts";

export interface SandboxedWorkerOptions<Data = unknown>
  extends Omit<WorkerOptions, "useWorkerThreads" | "workerThreadsOptions" | "workerForkOptions" | "autorun"> {
  sandbox: SandboxOptions<Data>;
}

/** A job that this worker holds. */
interface Taken<Data> {
  job: Job<Data>;
  token: string;
  signal: AbortSignal | undefined;
  deadlineMs: number;
}

const REFUSED_PAUSE_MS = 500;

/** How long telling Redis may take once no attempt is under way. */
const CLOSE_LIMIT_MS = 2_000;

type Answer<Result> = { value: Result } | { error: Error };

/**
 * A BullMQ worker whose processor runs in worker threads that can be stopped whatever they do: each attempt has a hard
 * deadline, a cancel or a crash costs its own job only, and a shutdown in the middle puts jobs back.
 *
 * Call {@link warm} before `run()`, and {@link shutDown} in the place of `close()`. An attempt without its processor's answer
 * fails with a {@link SandboxError}, and is retried as the job's options say. BullMQ's `cancelJob` and `cancelAllJobs` kill
 * the threads of these jobs, which then fail for good with a {@link CanceledError}.
 */
export class SandboxedWorker<Data = unknown, Result = unknown> extends Worker<Data, Result> {
  // Made by createSandbox(), which the base constructor calls: an initialiser here would undo that.
  declare private options: ResolvedSandboxOptions<Data>;
  declare private pool: ThreadPool;
  declare private breaker: StartBreaker;
  readonly #attempts = new Map<string, Attempt<Answer<Result>>>();
  #isStopping = false;
  #isStuck = false;
  #grace: NodeJS.Timeout | undefined;

  /** @param processor a module as BullMQ's own sandbox takes it: its default export is run in the threads */
  constructor(queueName: string, processor: URL, options: SandboxedWorkerOptions<Data>) {
    super(queueName, processor, { ...options, useWorkerThreads: true, autorun: false });
    // These jobs are another worker's by now, or soon will be.
    this.on("lockRenewalFailed", (jobIds) => {
      for (const id of jobIds) this.#attempts.get(id)?.stop("lost");
    });
  }

  /** At most the concurrency, less the jobs ahead, and one more are alive. */
  get threads(): ThreadCounts {
    return this.pool.counts;
  }

  get runningJobIds(): string[] {
    return [...this.#attempts.keys()];
  }

  /** Whether a shutdown has begun. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Whether a thread could not be killed: the process is to be replaced. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /** Whether threads cannot be started at present. */
  get isBreakerOpen(): boolean {
    return this.breaker.isOpen;
  }

  /** Whether jobs are taken: threads can be started and stopped, and no shutdown has begun. */
  get isTaking(): boolean {
    return !this.breaker.isOpen && !this.#isStopping && !this.#isStuck;
  }

  /** Takes jobs until it is shut down; does nothing when it does so already. */
  override async run(): Promise<void> {
    // While warm() waited, a breaker that opened and closed may have begun.
    if (!this.isRunning()) await super.run();
  }

  /** Starts the threads, so that no job waits for one. */
  warm(): Promise<void> {
    return this.pool.warm();
  }

  /**
   * Takes no further job, gives running ones the grace, then kills their threads and puts them back at the queue's head,
   * their attempt not counted. A second call sets a new grace.
   *
   * @throws when Redis does not answer; the threads are dead all the same
   */
  async shutDown(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.breaker.stop();
    this.pool.stopRefilling();
    clearTimeout(this.#grace);
    this.#grace = setTimeout(() => this.#interruptAll(), graceMs);
    const closed = this.close();
    await Promise.all([...this.#attempts.values()].map((attempt) => attempt.outcome));
    // BullMQ waits for Redis without a limit, also when it holds nothing for it.
    const isClosed = await settlesWithin(closed, CLOSE_LIMIT_MS);
    clearTimeout(this.#grace);
    if (isClosed) return;
    await this.pool.clean();
    throw new Error("the queue could not be told of the shutdown");
  }

  protected override createSandbox(processor: string): void {
    const options = resolveSandboxOptions((this.opts as unknown as SandboxedWorkerOptions<Data>).sandbox);
    this.options = options;
    this.pool = new ThreadPool({
      ...options,
      bullmqMain: (this["childPool"]["opts"] as { mainFile: string }).mainFile,
      processorUrl: processor,
      jobsAtOnce: () => Math.max(1, this.concurrency - options.jobsAhead),
      onEvent: (event) => this.#onEvent(event),
    });
    this.breaker = new StartBreaker(options.breaker, {
      open: () => this.#stopTaking(),
      probe: () => this.pool.probe(),
      close: () => this.#takeAgain(),
    });
    this["childPool"] = this.pool;
    super.createSandbox(processor);
  }

  /** BullMQ asks for the next job again at once when Redis refuses, as it does out of memory: a hot loop. */
  protected override async moveToActive(token: string, name?: string) {
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      if (!this.#isStopping) await this.delay(REFUSED_PAUSE_MS);
      throw error;
    }
  }

  protected override async callProcessJob(
    job: Job<Data>,
    token: string,
    signal?: AbortSignal,
  ): Promise<Result> {
    const deadlineMs = this.options.deadlineMs(job);
    if (!(deadlineMs > 0)) throw new RangeError(`the deadline of job ${job.id} is no number above 0`);
    const thread = await this.#acquire(signal);
    if (!thread) return this.#putBack(job, token);
    // That an older thread still takes jobs says nothing of new ones.
    if (thread.lentCount === 0) this.breaker.succeeded();
    const attachment = await this.#attach(job, thread);
    // Meanwhile a shutdown may have come, a cancel, or the thread's death.
    if (!this.isTaking || !thread.isUsable || signal?.aborted) {
      this.pool.release(thread);
      if (signal?.aborted) throw new CanceledError("the job was canceled");
      return this.#putBack(job, token);
    }
    thread.attachment = attachment;
    this.onStart(job);
    const outcome = await this.#attempt(thread, { job, token, signal, deadlineMs });
    if (outcome.verdict === "interrupted") return this.#putBack(job, token);
    if (outcome.verdict !== "answered") {
      throw toError(outcome, thread, { deadlineMs, messagesMax: this.options.messagesMax });
    }
    if ("error" in outcome.answer) throw outcome.answer.error;
    return outcome.answer.value;
  }

  /** Called when a thread begins with a job; for subclasses. Must not throw. */
  protected onStart(_job: Job<Data>): void {}

  /**
   * A thread for a job that may still be begun, or nothing.
   *
   * @throws {CanceledError} when it is canceled while it waits
   */
  async #acquire(signal: AbortSignal | undefined): Promise<SandboxThread | undefined> {
    if (!this.isTaking) return undefined;
    try {
      const { jobsAhead, aheadLimitMs } = this.options;
      const thread = await this.pool.acquire(jobsAhead > 0 ? aheadLimitMs : Number.POSITIVE_INFINITY, signal);
      if (this.isTaking) return thread;
      this.pool.release(thread);
    } catch (error) {
      if (!(error instanceof ThreadStartError)) throw error;
    }
    return undefined;
  }

  async #attach(job: Job<Data>, thread: SandboxThread): Promise<Attachment | undefined> {
    try {
      return await this.options.attach(job);
    } catch (error) {
      this.pool.release(thread);
      throw error;
    }
  }

  async #attempt(
    thread: SandboxThread,
    { job, token, signal, deadlineMs }: Taken<Data>,
  ): Promise<Outcome<Answer<Result>>> {
    const attempt = new Attempt<Answer<Result>>({
      deadlineMs,
      kill: (reason) => this.pool.destroy(thread, reason),
    });
    const onCancel = () => attempt.stop("canceled");
    this.#attempts.set(job.id!, attempt);
    signal?.addEventListener("abort", onCancel, { once: true });
    if (signal?.aborted) onCancel();
    const onMessage = this.#boundMessages(attempt);
    thread.onMessage = onMessage;
    this.pool
      .lend(thread, () => super.callProcessJob(job as Job<Data, Result>, token, signal))
      .then(
        (value) => attempt.answer({ value }),
        (error: Error) => {
          if (thread.isDead) attempt.die();
          else if (thread.isBusy) attempt.breakOff(error);
          else attempt.answer({ error });
        },
      );
    try {
      return await attempt.outcome;
    } finally {
      // The next job may have the thread by now.
      if (thread.onMessage === onMessage) thread.onMessage = undefined;
      signal?.removeEventListener("abort", onCancel);
      // After a lost lock the same job may have come back already.
      if (this.#attempts.get(job.id!) === attempt) this.#attempts.delete(job.id!);
    }
  }

  /** Each message costs the main thread time, and most of them Redis a command: a flood would starve the neighbours. */
  #boundMessages(attempt: Attempt<Answer<Result>>): () => void {
    let left = this.options.messagesMax;
    return () => {
      left -= 1;
      if (left < 0) attempt.stop("flooded");
    };
  }

  /** Back to the queue's head, as if the job had not been taken. */
  async #putBack(job: Job<Data>, token: string): Promise<never> {
    await job.moveToWait(token);
    throw new WaitingError("put back");
  }

  #interruptAll(): void {
    for (const attempt of this.#attempts.values()) attempt.stop("interrupted");
  }

  #onEvent(event: SandboxEvent): void {
    this.options.onEvent(event);
    if (event.type === "thread-start-failed") this.#startFailed(event.error);
    if (event.type === "thread-stuck") this.#giveUp();
    // It was of no use to anyone, and neither may its successors be.
    if (event.type === "thread-died" && event.lentCount === 0) {
      this.#startFailed(new ThreadStartError("a sandbox thread died idle", { cause: event.cause }));
    }
  }

  #startFailed(error: ThreadStartError): void {
    const wasOpen = this.breaker.isOpen;
    this.breaker.failed();
    if (this.breaker.isOpen && !wasOpen) this.options.onEvent({ type: "breaker-opened", error });
  }

  /** A thread that does not end holds a core: the process is to be replaced. */
  #giveUp(): void {
    this.#isStuck = true;
    this.breaker.stop();
    this.#stopTaking();
  }

  #stopTaking(): void {
    this.pool.stopRefilling();
    this.pause(true).catch((error) => this.emit("error", error));
  }

  #takeAgain(): void {
    this.options.onEvent({ type: "breaker-closed" });
    void this.warm();
    this.resume().catch((error) => this.emit("error", error));
  }
}
