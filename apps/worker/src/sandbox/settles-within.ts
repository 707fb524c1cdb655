/**
 * Waits for a promise, but no longer than the limit.
 *
 * @returns whether it was fulfilled in time
 * @throws what it rejects with in time
 */
export const settlesWithin = async (promise: Promise<unknown>, limitMs: number): Promise<boolean> => {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), limitMs);
  try {
    return await Promise.race([promise.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
};
