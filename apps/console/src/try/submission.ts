import { effect, signal } from "@preact/signals";
import type { Job, Progress } from "@semblance/client";
import { followJob } from "../follow-job.ts";
import type { Refusal } from "../list/desk.ts";
import { desk } from "../list/open-desk.ts";
import type { RowOrder } from "../list/order-rows.ts";
import type { RankedRow } from "../list/ranked-row.ts";
import { pause } from "../pause.ts";
import { latest } from "../queue/watch-queue.ts";
import { client, noteFailure, noteStatus, session } from "../session.ts";
import { createKey } from "./create-key.ts";
import {
  draft,
  fieldErrors,
  focusError,
  isChanged,
  layOut,
  setFieldError,
  showErrors,
  toFields,
} from "./draft.ts";

export interface Ranking {
  rows: RankedRow[];
  total: number;
  scored: number;
  durationMs: number;
  /** What the job was asked, by which texts are marked. */
  query: string;
}

export interface Place {
  position: number;
  estimatedWaitMs: number | null;
}

export type Phase =
  | { step: "idle" }
  | { step: "sending" }
  /** Refused for now; sent again by itself. */
  | { step: "refused"; refusal: Refusal; againAtMs: number }
  | { step: "following"; job: Job; progress: Progress; place: Place | null; broken: string | null }
  | { step: "ended"; job: Job; ranking: Ranking | null; broken: string | null };

export const phase = signal<Phase>({ step: "idle" });

export const order = signal<RowOrder>({ by: "score", descending: true });

export const ROWS_AT_ONCE = 50;

/** Between two looks at how many are before it. */
const PLACE_EVERY_MS = 1_000;
/** A refusal that does not say when to come again, and an API that does not answer. */
const AGAIN_MS = 5_000;
/** So much of the queue is taken at the most when it has room again, for others as well. */
const HAS_ROOM = 0.5;

/** Answers that say "not now", the last two of what may stand before the API; 0 is none at all. */
const FOR_NOW: readonly number[] = [0, 429, 503, 502, 504];

const isForNow = ({ status, code }: Refusal): boolean =>
  FOR_NOW.includes(status) || code === "idempotency-in-progress";

/** Ends what the submission before still does. */
let current = new AbortController();

let sendNow: () => void = () => undefined;

/** Waits until it may be sent again, or somebody does not want to wait. */
const untilSentAgain = (refusal: Refusal, signal: AbortSignal): Promise<void> => {
  const waitMs = refusal.retryAfterS === null ? AGAIN_MS : Math.max(1, refusal.retryAfterS) * 1_000;
  phase.value = { step: "refused", refusal, againAtMs: Date.now() + waitMs };
  const early = new AbortController();
  sendNow = () => early.abort();
  const before = latest.value;
  // The queue is being watched anyway: it may be empty long before.
  const stopWatching = effect(() => {
    const queue = latest.value;
    const isNews = queue !== null && queue !== before;
    if (refusal.code === "queue-full" && isNews && queue.depth <= queue.limit * HAS_ROOM) early.abort();
  });
  return pause(waitMs, AbortSignal.any([signal, early.signal])).finally(stopWatching);
};

/** @returns the job; `null` when it is not to be, and the form says why, or when it was given up */
const send = async (signal: AbortSignal): Promise<Job | null> => {
  // The same for every time that it is sent: an answer that was lost makes no second job.
  const idempotencyKey = createKey();
  const fields = toFields(draft.value);
  for (;;) {
    phase.value = { step: "sending" };
    const outcome = await desk.submit(session, fields, idempotencyKey);
    if (signal.aborted) return null;
    if ("value" in outcome) return outcome.value;
    const { refusal } = outcome;
    noteStatus(refusal.status);
    if (!isForNow(refusal)) {
      phase.value = { step: "idle" };
      showErrors(refusal);
      focusError();
      return null;
    }
    await untilSentAgain(refusal, signal);
    if (signal.aborted) return null;
  }
};

const showPlaces = async (id: string, signal: AbortSignal): Promise<void> => {
  const isQueued = (value: Phase) =>
    value.step === "following" && value.job.id === id && value.job.status === "queued";
  while (!signal.aborted && isQueued(phase.value)) {
    try {
      const { position, estimated_wait_ms } = await client.position(id, { signal });
      const { value } = phase;
      if (value.step !== "following" || !isQueued(value)) return;
      const place = position === null ? null : { position, estimatedWaitMs: estimated_wait_ms };
      phase.value = { ...value, place };
    } catch {
      // What follows the job tells of what is broken.
    }
    await pause(PLACE_EVERY_MS, signal);
  }
};

export const showRows = async (limit: number): Promise<void> => {
  const { rows, total } = await desk.rows(order.value, limit);
  const { value } = phase;
  if (value.step !== "ended" || !value.ranking) return;
  phase.value = { ...value, ranking: { ...value.ranking, rows, total } };
};

const showRanking = async (job: Job, query: string, signal: AbortSignal): Promise<void> => {
  for (;;) {
    const outcome = await desk.fetchRanking(session, job.id);
    if (signal.aborted) return;
    if ("value" in outcome) {
      order.value = { by: "score", descending: true };
      const { rows, total } = await desk.rows(order.value, ROWS_AT_ONCE);
      if (signal.aborted) return;
      const { scored, duration_ms: durationMs } = outcome.value;
      phase.value = { step: "ended", job, ranking: { rows, total, scored, durationMs, query }, broken: null };
      return;
    }
    const { refusal } = outcome;
    noteStatus(refusal.status);
    phase.value = { step: "ended", job, ranking: null, broken: refusal.message };
    if (!isForNow(refusal)) return;
    await pause((refusal.retryAfterS ?? 0) * 1_000 || AGAIN_MS, signal);
    if (signal.aborted) return;
  }
};

const follow = async (submitted: Job, query: string, signal: AbortSignal): Promise<void> => {
  phase.value = {
    step: "following",
    job: submitted,
    progress: submitted.progress,
    place: null,
    broken: null,
  };
  void showPlaces(submitted.id, signal);
  const change = (changes: Partial<Extract<Phase, { step: "following" }>>) => {
    if (phase.value.step === "following") phase.value = { ...phase.value, ...changes };
  };
  await followJob(submitted.id, signal, {
    onEvent: async (event) => {
      if (event.type === "progress") return change({ progress: event.progress, broken: null });
      const { job } = event;
      if (!job.done) {
        const { value } = phase;
        const wasQueued = value.step === "following" && value.job.status === "queued";
        change({ job, progress: job.progress, place: null, broken: null });
        // Put back, or to be tried once more.
        if (job.status === "queued" && !wasQueued) void showPlaces(job.id, signal);
        return;
      }
      if (job.status === "succeeded") return showRanking(job, query, signal);
      phase.value = { step: "ended", job, ranking: null, broken: null };
    },
    onFailure: (broken, isGone) => {
      if (!isGone) return change({ broken });
      phase.value = { step: "ended", job: submitted, ranking: null, broken };
    },
  });
};

/** Sends what the form says, and shows what becomes of it. */
export const submit = async (): Promise<void> => {
  current.abort();
  current = new AbortController();
  const { signal } = current;
  fieldErrors.value = new Map();
  const { query } = draft.value;
  const count = await layOut();
  if (signal.aborted) return;
  if (query === "") setFieldError("/query", "What is everything to be compared with?");
  if (count === 0) setFieldError("/candidates", "Nothing to compare with yet: a line for each text.");
  if (fieldErrors.value.size > 0) {
    phase.value = { step: "idle" };
    focusError();
    return;
  }
  isChanged.value = false;
  const job = await send(signal);
  if (job) await follow(job, query, signal);
};

/** Whatever was pressed is gone by then. */
const focusOutcome = (): void => document.querySelector<HTMLElement>(".outcome")?.focus();

/** Gives up what was refused, and is to be sent again. */
export const giveUp = (): void => {
  current.abort();
  phase.value = { step: "idle" };
  focusOutcome();
};

export const tryNow = (): void => {
  sendNow();
  focusOutcome();
};

export const cancel = async (): Promise<void> => {
  const { value } = phase;
  if (value.step !== "following") return;
  focusOutcome();
  try {
    await client.cancel(value.job.id);
  } catch (error) {
    const broken = noteFailure(error);
    const { value } = phase;
    if (value.step === "following") phase.value = { ...value, broken };
  }
};
