import { once } from "node:events";
import type { ResourceLimits } from "node:worker_threads";
import { Child } from "bullmq";
import { ThreadStartError } from "./sandbox-error.ts";

export interface ThreadOptions {
  /** BullMQ's own entry file, which loads the processor. */
  mainFile: string;
  /** URL of the processor's module. */
  processorUrl: string;
  /** Given to the thread as `workerData`. */
  workerData: unknown;
  resourceLimits: ResourceLimits;
  /** How long a thread may take to load its processor. */
  startLimitMs: number;
}

/** One worker thread: BullMQ's child, with an end to every wait. */
export class SandboxThread extends Child {
  /** What the thread died of, when it said so. */
  lastError: Error | null = null;
  /** Resolves when the thread is dead. */
  readonly exited: Promise<void>;
  readonly #startLimitMs: number;
  #id: number | undefined;
  #condemned = false;

  constructor({ mainFile, processorUrl, workerData, resourceLimits, startLimitMs }: ThreadOptions) {
    super(mainFile, processorUrl, {
      useWorkerThreads: true,
      // BullMQ hands the parent's flags on, and some of them keep a thread from starting.
      workerThreadsOptions: { execArgv: [], workerData, resourceLimits },
    });
    this.#startLimitMs = startLimitMs;
    // Without a listener, a thread that runs out of memory would take the whole process with it.
    this.on("error", (error: Error) => {
      this.lastError = error;
    });
    this.exited = new Promise((resolve) => this.once("exit", () => resolve()));
  }

  /** The thread's id while it lived; Node's own turns -1 on exit. */
  override get pid(): number {
    this.#id ??= super.pid;
    return this.#id;
  }

  /** Whether the thread may be given a job. */
  get isUsable(): boolean {
    return !this.#condemned && !this.hasProcessExited();
  }

  /**
   * Starts the thread and loads the processor. BullMQ's own start waits for ever for a thread that exits meanwhile.
   *
   * @throws {ThreadStartError} when it throws, exits, or takes too long; the thread is dead then
   */
  async start(): Promise<void> {
    const limit = new AbortController();
    try {
      await Promise.race([this.init(), this.#rejectOnExit(limit.signal), this.#rejectWhenLate(limit.signal)]);
      void this.pid;
    } catch (error) {
      await this.terminate();
      throw new ThreadStartError("a sandbox thread could not be started", { cause: this.lastError ?? error });
    } finally {
      limit.abort();
    }
  }

  /** Kills the thread, whatever it is doing, and resolves when it is dead. */
  async terminate(): Promise<void> {
    this.#condemned = true;
    if (!this.worker || this.hasProcessExited()) return;
    await this.worker.terminate();
    await this.exited;
  }

  async #rejectOnExit(signal: AbortSignal): Promise<never> {
    const [code] = await once(this, "exit", { signal });
    throw new Error(`the thread exited with code ${code} while it started`);
  }

  #rejectWhenLate(signal: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the thread took longer than ${this.#startLimitMs} ms to start`)),
        this.#startLimitMs,
      );
      signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    });
  }
}
