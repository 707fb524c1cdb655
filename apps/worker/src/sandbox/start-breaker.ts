export interface BreakerOptions {
  /** Consecutive failed starts that open the breaker. */
  threshold: number;
  /** The pause before the first probe; each further one is twice as long, up to the maximum. */
  pauseMinMs: number;
  pauseMaxMs: number;
}

interface BreakerHooks {
  open: () => void;
  /** Tries what failed; resolves when it works again. */
  probe: () => Promise<void>;
  close: () => void;
}

/**
 * A circuit breaker (Nygard, "Release It!", 2007) for the start of threads: without it, putting a job back that found no
 * thread and taking it again is a hot loop.
 */
export class StartBreaker {
  readonly #options: BreakerOptions;
  readonly #hooks: BreakerHooks;
  #failures = 0;
  #pauseMs: number;
  #state: "closed" | "open" | "stopped" = "closed";
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BreakerOptions, hooks: BreakerHooks) {
    this.#options = options;
    this.#hooks = hooks;
    this.#pauseMs = options.pauseMinMs;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** A thread took a job. That it started is not enough: it may die before it is of any use. */
  succeeded(): void {
    this.#failures = 0;
    this.#pauseMs = this.#options.pauseMinMs;
  }

  failed(): void {
    this.#failures += 1;
    if (this.#state !== "closed" || this.#failures < this.#options.threshold) return;
    this.#state = "open";
    this.#hooks.open();
    this.#probeAfterPause();
  }

  stop(): void {
    this.#state = "stopped";
    clearTimeout(this.#timer);
  }

  #probeAfterPause(): void {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, this.#options.pauseMaxMs);
    this.#timer = setTimeout(async () => {
      try {
        await this.#hooks.probe();
      } catch {
        if (this.isOpen) this.#probeAfterPause();
        return;
      }
      if (!this.isOpen) return;
      this.#state = "closed";
      this.#failures = 0;
      this.#hooks.close();
    }, pauseMs);
  }
}
