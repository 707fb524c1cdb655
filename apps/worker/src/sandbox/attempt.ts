import type { SandboxThread } from "./sandbox-thread.ts";

/** How an attempt ended; whatever comes first. */
export type Verdict = "answered" | "timed_out" | "interrupted";

/** One run of a job in one thread. Answer, deadline and shutdown race; exactly one of them settles it. */
export class Attempt {
  readonly thread: SandboxThread;
  readonly #kill: () => void;
  #verdict: Verdict | undefined;
  #deadline: NodeJS.Timeout | undefined;

  /** @param kill begins to kill the thread; the attempt is over only when it is dead */
  constructor(thread: SandboxThread, deadlineMs: number, kill: () => void) {
    this.thread = thread;
    this.#kill = kill;
    this.#deadline = setTimeout(() => this.#stop("timed_out"), deadlineMs);
  }

  /** Puts an end to it from outside, unless it has one. */
  interrupt(): void {
    this.#stop("interrupted");
  }

  /** The processor answered, or its thread died by itself: what settled the attempt, this or something before it. */
  answered(): Verdict {
    this.#settle("answered");
    return this.#verdict!;
  }

  #stop(verdict: Verdict): void {
    if (this.#settle(verdict)) this.#kill();
  }

  #settle(verdict: Verdict): boolean {
    clearTimeout(this.#deadline);
    if (this.#verdict) return false;
    this.#verdict = verdict;
    return true;
  }
}
