import { useEffect } from "preact/hooks";

/**
 * Calls something now and then again, so long after it has ended, for as long as the component is shown and `on` holds still.
 *
 * @param read handles its own errors, and takes part in being ended by the signal
 */
export const usePoll = (
  read: (signal: AbortSignal) => Promise<void>,
  everyMs: number,
  on: unknown[],
): void => {
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async () => {
      await read(ended.signal);
      if (!ended.signal.aborted) timer = setTimeout(run, everyMs);
    };
    void run();
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, on);
};
