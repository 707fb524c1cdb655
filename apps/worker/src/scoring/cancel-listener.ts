import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";

/** How soon a cancel is noticed whose message was missed: Redis was away, or the connection was. */
const CHECK_INTERVAL_MS = 1_000;

export interface CancelListenerOptions {
  /** A connection of its own: one that subscribes can do nothing else. */
  subscriber: Redis;
  keys: RedisKeys;
  /** The jobs that this worker runs. */
  runningJobIds: () => string[];
  /** Which of these jobs were ended from outside. */
  findEnded: (ids: string[]) => Promise<string[]>;
  cancel: (id: string) => void;
  onError: (error: Error) => void;
}

/**
 * Cancels running jobs as soon as an API process says so to all workers. A message may be missed, the mark that it speaks of
 * is not: it is looked for as well, now and then while anything runs.
 *
 * @returns what ends it
 */
export const listenForCancels = (options: CancelListenerOptions): (() => void) => {
  const { subscriber, keys, runningJobIds, findEnded, cancel, onError } = options;
  subscriber.on("message", (_, id) => cancel(id));
  subscriber.subscribe(keys.cancels).catch(onError);
  const timer = setInterval(() => {
    const ids = runningJobIds();
    if (ids.length > 0) findEnded(ids).then((ended) => ended.forEach(cancel), onError);
  }, CHECK_INTERVAL_MS);
  return () => clearInterval(timer);
};
