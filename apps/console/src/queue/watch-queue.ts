import { computed, effect, signal } from "@preact/signals";
import { ConnectionError, ProblemError, type Queue, TimeoutError } from "@semblance/client";
import { awaitsKey, client, noteFailure } from "../session.ts";

const EVERY_MS = 2_000;
const ANSWER_LIMIT_MS = 5_000;
/** As much as the charts show. */
export const HISTORY_MS = 600_000;

export interface Sample {
  atMs: number;
  queue: Queue;
}

/** Readings of the last ten minutes, the newest last. */
export const history = signal<Sample[]>([]);

export const latest = computed(() => history.value.at(-1)?.queue ?? null);

export type Trouble = "api-away" | "redis-away" | "other";

/** Why the latest reading failed; `null` when it did not. */
export const trouble = signal<Trouble | null>(null);

const toTrouble = (error: unknown): Trouble => {
  if (error instanceof ConnectionError || error instanceof TimeoutError) return "api-away";
  if (!(error instanceof ProblemError)) return "other";
  if (error.code === "store-unavailable") return "redis-away";
  // Of what stands before it.
  return error.status === 502 || error.status === 504 ? "api-away" : "other";
};

const isRateLimit = (error: unknown): boolean => error instanceof ProblemError && error.status === 429;

const keep = (queue: Queue): void => {
  const atMs = Date.now();
  const kept = history.value.filter((sample) => atMs - sample.atMs <= HISTORY_MS);
  history.value = [...kept, { atMs, queue }];
};

const pauseMs = (error: unknown): number =>
  Math.max(EVERY_MS, (error instanceof ProblemError ? (error.retryAfterS ?? 0) : 0) * 1_000);

/** Reads the queue's state every two seconds for as long as there is a key to do so, whichever panel is shown. */
export const watchQueue = (): void => {
  effect(() => {
    if (awaitsKey.value) return undefined;
    const reader = client;
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      let waitMs = EVERY_MS;
      try {
        const queue = await reader.queue({ signal: ended.signal, timeoutMs: ANSWER_LIMIT_MS });
        keep(queue);
        trouble.value = null;
      } catch (error) {
        if (ended.signal.aborted) return;
        waitMs = pauseMs(error);
        // Too many requests of this tenant: what was read last still says more.
        if (!isRateLimit(error)) trouble.value = toTrouble(error);
        noteFailure(error);
      }
      if (!ended.signal.aborted) timer = setTimeout(read, waitMs);
    };
    // Later than this effect, which is to depend on nothing that the reading does.
    timer = setTimeout(read, 0);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  });
};
