/** A longer timer would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Ends a piece of work when its time is over, or when the signal of whoever asked for it aborts. Its owner has to end it. */
export class TimeLimit {
  readonly #controller = new AbortController();
  readonly #limitMs: number;
  readonly #toReason: () => unknown;
  readonly #outer: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** On the clock of `performance.now()`. */
  untilMs = 0;

  constructor(limitMs: number, toReason: () => unknown, outer?: AbortSignal) {
    this.#limitMs = Math.min(limitMs, TIMER_MS_MAX);
    this.#toReason = toReason;
    this.#outer = outer;
    if (outer?.aborted) this.#abort();
    outer?.addEventListener("abort", this.#abort);
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Gives the work its whole time again. */
  restart(): void {
    clearTimeout(this.#timer);
    this.untilMs = performance.now() + this.#limitMs;
    this.#timer = setTimeout(() => this.#controller.abort(this.#toReason()), this.#limitMs);
  }

  /** Lets time pass until it is restarted. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  /** The work is over; nothing of the limit stays behind. */
  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#abort);
  }

  readonly #abort = (): void => this.#controller.abort(this.#outer?.reason);
}
