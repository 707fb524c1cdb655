import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ResourceLimits } from "node:worker_threads";
import { Child, ChildCommand, ParentCommand } from "bullmq";
import { type SandboxErrorCode, ThreadStartError } from "./sandbox-error.ts";
import { settlesWithin } from "./settles-within.ts";

export interface ThreadOptions {
  /** BullMQ's own entry file, which loads the processor. */
  bullmqMain: string;
  /** URL of the processor's module. */
  processorUrl: string;
  /** Given to the thread as `workerData`. */
  workerData: unknown;
  resourceLimits: ResourceLimits;
  /** How long a thread may take to load its processor. */
  startLimitMs: number;
  /** How long a thread may take to die. */
  killGraceMs: number;
}

/** What a thread says when it is done with a job. */
const ANSWERS: ReadonlySet<ParentCommand> = new Set([
  ParentCommand.Completed,
  ParentCommand.Failed,
  ParentCommand.Error,
]);

/** What a processor finds as `job.attachment`, beside what is in the queue. */
export interface Attachment {
  /** Cloned as by `structuredClone`. */
  value: unknown;
  /** What of it is handed over instead, without a copy, and gone here. */
  transferList: ArrayBuffer[];
}

const THREAD_MAIN = fileURLToPath(new URL("./thread-main.ts", import.meta.url));

/** One worker thread: BullMQ's child, with an end to every wait. */
export class SandboxThread extends Child {
  /** What the thread died of, when it said so. */
  lastError: Error | null = null;
  /** Resolves when the thread is dead. */
  readonly exited: Promise<void>;
  /** Attempts that it has been lent to. */
  lentCount = 0;
  /** Whether its processor is at work on one. */
  isBusy = false;
  /** What goes with the next job that it is given. */
  attachment: Attachment | undefined;
  /** Called for each message that the thread sends. */
  onMessage: (() => void) | undefined;
  readonly #options: ThreadOptions;
  #ending: Promise<boolean> | undefined;

  constructor(options: ThreadOptions) {
    super(THREAD_MAIN, options.processorUrl, {
      useWorkerThreads: true,
      workerThreadsOptions: {
        argv: [options.bullmqMain],
        // BullMQ hands the parent's flags on, and some of them keep a thread from starting.
        execArgv: [],
        workerData: options.workerData,
        resourceLimits: options.resourceLimits,
      },
    });
    this.#options = options;
    // Without a listener, a thread that runs out of memory would take the whole process with it.
    this.on("error", (error: Error) => {
      this.lastError = error;
    });
    this.exited = new Promise((resolve) => this.once("exit", () => resolve()));
  }

  /** Whether {@link terminate} was called. */
  get isCondemned(): boolean {
    return this.#ending !== undefined;
  }

  get isDead(): boolean {
    return !this.worker || this.hasProcessExited();
  }

  /** Whether the thread may be given a job. */
  get isUsable(): boolean {
    return !this.isCondemned && !this.isDead;
  }

  /** What it died of. */
  get causeOfDeath(): SandboxErrorCode {
    const code = (this.lastError as NodeJS.ErrnoException | null)?.code;
    return code === "ERR_WORKER_OUT_OF_MEMORY" ? "out_of_memory" : "crashed";
  }

  override async send(message: { cmd: ChildCommand; job?: object }): Promise<void> {
    const { attachment } = this;
    if (message.cmd !== ChildCommand.Start || !attachment) return super.send(message);
    this.attachment = undefined;
    const job = { ...message.job, attachment: attachment.value };
    this.worker.postMessage({ ...message, job }, attachment.transferList);
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === "message") {
      this.onMessage?.();
      if (ANSWERS.has((args[0] as { cmd: ParentCommand }).cmd)) this.isBusy = false;
      // What a thread says while it dies changes nothing, and a flood of it would cost the neighbours time.
      if (this.isCondemned) return false;
    }
    return super.emit(event, ...args);
  }

  /**
   * Starts the thread and loads the processor. BullMQ's own start waits for ever for a thread that exits meanwhile.
   *
   * @throws {ThreadStartError} when it throws, exits, takes too long or is killed; it is dead then, or stuck
   */
  async start(): Promise<void> {
    const over = new AbortController();
    try {
      await Promise.race([this.init(), this.#rejectOnExit(over.signal), this.#rejectWhenLate(over.signal)]);
      if (this.isCondemned) throw new Error("the thread was not wanted any more");
    } catch (error) {
      // Not by terminate(), which may have been called when there was no thread yet.
      await this.#end();
      throw new ThreadStartError("a sandbox thread could not be started", { cause: this.lastError ?? error });
    } finally {
      over.abort();
    }
  }

  /**
   * Kills the thread, whatever it is doing, and waits for its end. Safe to call twice.
   *
   * @returns whether it is dead; false when it does not end, which a thread inside of a native call does not
   */
  terminate(): Promise<boolean> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** How much of its heap limit is in use, 0 to 1; 0 when the thread cannot tell. */
  async heapShare(): Promise<number> {
    try {
      const heap = await this.worker.getHeapStatistics();
      // V8's own limit counts the young generation's room as well, which is never filled; it is all there is without one of ours.
      const limitMb = this.#options.resourceLimits.maxOldGenerationSizeMb;
      return heap.used_heap_size / (limitMb === undefined ? heap.heap_size_limit : limitMb * 2 ** 20);
    } catch {
      return 0;
    }
  }

  async #end(): Promise<boolean> {
    if (this.isDead) return true;
    this.worker.terminate();
    return settlesWithin(this.exited, this.#options.killGraceMs);
  }

  async #rejectOnExit(signal: AbortSignal): Promise<never> {
    const [code] = await once(this, "exit", { signal });
    throw new Error(`the thread exited with code ${code} while it started`);
  }

  #rejectWhenLate(signal: AbortSignal): Promise<never> {
    const { startLimitMs } = this.#options;
    return new Promise((_, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the thread took longer than ${startLimitMs} ms to start`)),
        startLimitMs,
      );
      signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    });
  }
}
