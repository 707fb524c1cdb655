import { ConnectionError, ProblemError } from "./errors.ts";
import { sleep } from "./sleep.ts";
import type { TimeLimit } from "./time-limit.ts";

export interface RetryOptions {
  /** How often a request is sent in all; 1 is never again. 5 unless given. */
  attemptsMax?: number;
  /** What the first pause is at the most; each further one may be twice as long. 200 unless given. */
  pauseMs?: number;
  /** What a pause is at the most, beside what `Retry-After` asks for. 5,000 unless given. */
  pauseMsMax?: number;
  /** For how long after the first failure it is tried again. 45,000 unless given: the API may be unsure for 30 s of what its own crash left. */
  totalMs?: number;
}

/** Answers that say "not now"; the last two come from what stands before the API. */
const RETRYABLE_STATUSES: readonly number[] = [429, 503, 502, 504];

const isRetryable = (error: unknown): boolean =>
  error instanceof ConnectionError ||
  (error instanceof ProblemError &&
    (RETRYABLE_STATUSES.includes(error.status) || error.code === "idempotency-in-progress"));

/**
 * Tries something until it succeeds, or fails for good, or there is no time or attempt left. Pauses are drawn evenly between zero and a
 * limit that doubles ("full jitter": Brooker, Exponential Backoff And Jitter, 2015), on top of what the answer's `Retry-After` asks for.
 *
 * @throws the last failure, at once where its `Retry-After` leads beyond the time there is; or the reason of the limit's signal
 */
export const retrying = async <T>(
  { attemptsMax = 5, pauseMs = 200, pauseMsMax = 5_000, totalMs = 45_000 }: RetryOptions,
  limit: TimeLimit,
  attempt: () => Promise<T>,
): Promise<T> => {
  let untilMs: number | undefined;
  for (let attempts = 1; ; attempts++) {
    limit.signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!isRetryable(error) || attempts >= attemptsMax) throw error;
      untilMs ??= Math.min(performance.now() + totalMs, limit.untilMs);
      const askedMs = error instanceof ProblemError ? (error.retryAfterS ?? 0) * 1_000 : 0;
      const delayMs = askedMs + Math.random() * Math.min(pauseMsMax, pauseMs * 2 ** (attempts - 1));
      if (performance.now() + delayMs > untilMs) throw error;
      await sleep(delayMs, limit.signal);
    }
  }
};
