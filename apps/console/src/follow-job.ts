import { type JobEvent, ProblemError } from "@semblance/client";
import { pause } from "./pause.ts";
import { client, noteFailure } from "./session.ts";
import { untilVisible, whileVisible } from "./visibility.ts";

const AGAIN_MS = 5_000;

export interface Follower {
  /** Told of every event, the present status first; of the latest status again after the stream broke, or nobody could see the page. */
  onEvent: (event: JobEvent) => void | Promise<void>;
  /** @param isGone the job is not there, or not for this key, so that nothing more is to come */
  onFailure: (message: string, isGone: boolean) => void;
}

/** Follows a job until it has ended, it is gone, or the signal aborts. */
export const followJob = async (
  id: string,
  signal: AbortSignal,
  { onEvent, onFailure }: Follower,
): Promise<void> => {
  let hasEnded = false;
  while (!hasEnded && !signal.aborted) {
    await untilVisible(signal);
    try {
      await whileVisible(signal, async (visible) => {
        const events = client.stream(id, { signal: visible, timeoutMs: Number.POSITIVE_INFINITY });
        for await (const event of events) {
          await onEvent(event);
          if (event.type === "status") hasEnded = event.job.done;
        }
      });
    } catch (error) {
      if (signal.aborted) return;
      const message = noteFailure(error);
      const isGone = error instanceof ProblemError && [401, 404].includes(error.status);
      onFailure(message, isGone);
      if (isGone) return;
      await pause(AGAIN_MS, signal);
    }
  }
};
