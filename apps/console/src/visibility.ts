/** Waits until somebody can see the page, or the signal aborts. */
export const untilVisible = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", look);
      signal.removeEventListener("abort", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look);
    look();
  });

/**
 * Runs something until it has ended or the page is hidden: a stream keeps one of the six connections that a browser has for a host.
 *
 * @param run its signal aborts when the outer one does, too
 */
export const whileVisible = async (
  outer: AbortSignal,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const hidden = new AbortController();
  const look = () => {
    if (document.hidden) hidden.abort();
  };
  document.addEventListener("visibilitychange", look);
  try {
    await run(AbortSignal.any([outer, hidden.signal]));
  } catch (error) {
    if (!hidden.signal.aborted) throw error;
  } finally {
    document.removeEventListener("visibilitychange", look);
  }
};
