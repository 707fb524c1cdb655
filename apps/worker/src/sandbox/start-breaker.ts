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
  #state: "closed" | "open" | "stopped" = "closed";
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BreakerOptions, hooks: BreakerHooks) {
    this.#options = options;
    this.#hooks = hooks;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures += 1;
    if (this.#state !== "closed" || this.#failures < this.#options.threshold) return;
    this.#state = "open";
    this.#hooks.open();
    this.#probeAfter(this.#options.pauseMinMs);
  }

  stop(): void {
    this.#state = "stopped";
    clearTimeout(this.#timer);
  }

  #probeAfter(pauseMs: number): void {
    this.#timer = setTimeout(async () => {
      try {
        await this.#hooks.probe();
      } catch {
        if (this.isOpen) this.#probeAfter(Math.min(pauseMs * 2, this.#options.pauseMaxMs));
        return;
      }
      if (!this.isOpen) return;
      this.#state = "closed";
      this.#failures = 0;
      this.#hooks.close();
    }, pauseMs);
  }
}
