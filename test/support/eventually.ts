import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits until `check` answers something other than `undefined`, looking every few milliseconds.
 *
 * @throws when it has not within the limit, which is no measure of speed
 */
export const eventually = async <Value>(
  what: string,
  check: () => Promise<Value | undefined> | Value | undefined,
  limitMs = 20_000,
): Promise<Value> => {
  const untilMs = performance.now() + limitMs;
  for (;;) {
    const value = await check();
    if (value !== undefined) return value;
    if (performance.now() > untilMs) throw new Error(`${what}: not within ${limitMs} ms`);
    await delay(10);
  }
};
