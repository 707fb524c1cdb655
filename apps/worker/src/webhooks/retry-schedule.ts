/** A delay is lengthened by up to a fifth, so that what failed together does not come back together. */
const JITTER = 0.2;
/** A receiver may ask for so long a pause. */
const RETRY_AFTER_MAX_MS = 24 * 3_600_000;

/**
 * How long to wait for the next attempt, in ms; `null` when there is to be none. No sooner than the schedule says, as Standard Webhooks 1.0
 * has it ("Deliverability and reliability"), and no sooner than the receiver asked (`Retry-After`, RFC 9110, section 10.2.3), within bounds.
 *
 * @param schedule delays before the first attempt, the second and so on, in ms
 * @param made attempts so far
 * @param random in [0, 1)
 */
export const nextDelayMs = (
  schedule: readonly number[],
  made: number,
  retryAfterS: number | null,
  random: () => number = Math.random,
): number | null => {
  const delayMs = schedule[made];
  if (delayMs === undefined) return null;
  const scheduledMs = Math.round(delayMs * (1 + JITTER * random()));
  return Math.max(scheduledMs, Math.min((retryAfterS ?? 0) * 1_000, RETRY_AFTER_MAX_MS));
};

/** How long all of a schedule takes at the most, as far as it is the schedule's doing, in ms. */
export const scheduleMs = (schedule: readonly number[]): number =>
  schedule.reduce((sum, delayMs) => sum + delayMs * (1 + JITTER), 0);
