import { useEffect } from "preact/hooks";
import { pause } from "../pause.ts";
import { untilVisible } from "../visibility.ts";

/**
 * Calls something now and then again, so long after it has ended, for as long as the component is shown, somebody can see it, and `on`
 * holds still.
 *
 * @param read handles its own errors; says whether there is more to come
 */
export const usePoll = (
  read: (signal: AbortSignal) => Promise<boolean>,
  everyMs: number,
  on: unknown[],
): void => {
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    const run = async () => {
      while (!signal.aborted && (await read(signal))) {
        await pause(everyMs, signal);
        await untilVisible(signal);
      }
    };
    void run();
    return () => ended.abort();
  }, on);
};
