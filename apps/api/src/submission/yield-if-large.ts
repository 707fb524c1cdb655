import { setImmediate } from "node:timers/promises";

/** A body of more takes milliseconds to look through, and to write to Redis. */
const LARGE_BYTES = 1_000_000;

/** Serves other requests before more is done with a large body. */
export const yieldIfLarge = async (bodyBytes: number): Promise<void> => {
  if (bodyBytes > LARGE_BYTES) await setImmediate();
};
