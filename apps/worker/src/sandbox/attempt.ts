/** What stops an attempt from outside. */
export type StopReason =
  /** Its deadline passed. */
  | "timed_out"
  /** Nobody wants the answer any more. */
  | "canceled"
  /** The worker shuts down; the job is to be run again. */
  | "interrupted"
  /** The job is no longer this worker's; another one may be running it. */
  | "lost"
  /** Its thread sent more messages than any honest job does. */
  | "flooded"
  /** A message of its thread could not be dealt with, such as progress that Redis refused. */
  | "broken_off";

type StoppedBy<Reason> = Reason extends StopReason ? { verdict: Reason } : never;

/** How an attempt ended: with what its processor said, with its thread's own death, or by being stopped. */
export type Outcome<Answer> =
  | { verdict: "answered"; answer: Answer }
  | { verdict: "died" }
  | StoppedBy<Exclude<StopReason, "broken_off">>
  | { verdict: "broken_off"; error: Error };

/** A longer delay would make Node fire the timer at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;

export interface AttemptOptions {
  deadlineMs: number;
  /** Kills the thread; resolves when it is dead, or given up as stuck. Called once at most. */
  kill: (reason: StopReason) => Promise<unknown>;
}

/**
 * One run of a job in one thread. Answer, death, deadline, cancel, shutdown and a lost lock race: the first one decides, and
 * what comes later changes nothing. An attempt that was stopped is over only when its thread is dead, so that its slot
 * is not free before.
 */
export class Attempt<Answer> {
  /** Resolves once, never rejects. */
  readonly outcome: Promise<Outcome<Answer>>;
  readonly #kill: AttemptOptions["kill"];
  readonly #resolve: (outcome: Outcome<Answer>) => void;
  readonly #deadline: NodeJS.Timeout;
  #isDecided = false;

  constructor({ deadlineMs, kill }: AttemptOptions) {
    const { promise, resolve } = Promise.withResolvers<Outcome<Answer>>();
    this.outcome = promise;
    this.#resolve = resolve;
    this.#kill = kill;
    this.#deadline = setTimeout(() => this.stop("timed_out"), Math.min(deadlineMs, DELAY_MS_MAX));
  }

  /** The processor returned or threw. */
  answer(answer: Answer): void {
    if (this.#decide()) this.#resolve({ verdict: "answered", answer });
  }

  /** The thread is dead, and nobody is known to have killed it. */
  die(): void {
    if (this.#decide()) this.#resolve({ verdict: "died" });
  }

  stop(reason: Exclude<StopReason, "broken_off">): void {
    this.#stop({ verdict: reason });
  }

  /** It cannot be answered any more, and its thread is still at work. */
  breakOff(error: Error): void {
    this.#stop({ verdict: "broken_off", error });
  }

  #stop(outcome: Outcome<Answer> & { verdict: StopReason }): void {
    if (!this.#decide()) return;
    const resolve = () => this.#resolve(outcome);
    this.#kill(outcome.verdict).then(resolve, resolve);
  }

  #decide(): boolean {
    if (this.#isDecided) return false;
    this.#isDecided = true;
    clearTimeout(this.#deadline);
    return true;
  }
}
