import { computed, effect, signal } from "@preact/signals";
import { ConnectionError, ProblemError, type Queue, TimeoutError } from "@semblance/client";
import { pause } from "../pause.ts";
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

/** @returns how long to wait before the next reading */
const read = async (signal: AbortSignal): Promise<number> => {
  try {
    keep(await client.queue({ signal, timeoutMs: ANSWER_LIMIT_MS }));
    trouble.value = null;
    return EVERY_MS;
  } catch (error) {
    if (signal.aborted) return 0;
    // Too many requests of this tenant: what was read last still says more.
    if (!isRateLimit(error)) trouble.value = toTrouble(error);
    noteFailure(error);
    return pauseMs(error);
  }
};

const readOn = async (signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) await pause(await read(signal), signal);
};

/** Reads the queue's state every two seconds until there is a key to be asked for, whichever panel is shown. */
export const watchQueue = (): void => {
  effect(() => {
    if (awaitsKey.value) return undefined;
    const ended = new AbortController();
    void readOn(ended.signal);
    return () => ended.abort();
  });
};
