import { signal } from "@preact/signals";
import type { Job, Progress } from "@semblance/client";
import { describeFailure } from "../describe-failure.ts";
import type { Refusal } from "../list/desk.ts";
import { desk } from "../list/open-desk.ts";
import type { RowOrder } from "../list/order-rows.ts";
import type { RankedRow } from "../list/ranked-row.ts";
import { client, noteFailure, noteStatus, session } from "../session.ts";
import { createKey } from "./create-key.ts";
import { draft, fieldErrors, layOut, setFieldError, showErrors, toFields } from "./draft.ts";

export interface Ranking {
  rows: RankedRow[];
  total: number;
  scored: number;
  durationMs: number;
  /** What the job was asked, by which texts are marked. */
  query: string;
}

export type Phase =
  | { step: "idle" }
  | { step: "sending" }
  /** Refused for now; sent again by itself. */
  | { step: "refused"; refusal: Refusal; againAtMs: number }
  | { step: "following"; job: Job; progress: Progress; place: Place | null; broken: string | null }
  | { step: "ended"; job: Job; ranking: Ranking | null; broken: string | null };

export interface Place {
  position: number;
  estimatedWaitMs: number | null;
}

export const phase = signal<Phase>({ step: "idle" });

export const order = signal<RowOrder>({ by: "score", descending: true });

export const ROWS_AT_ONCE = 50;

/** Between two looks at how many are before it. */
const PLACE_EVERY_MS = 1_000;
/** A refusal that does not say when to come again, and an API that does not answer. */
const AGAIN_MS = 5_000;

/** Ends what the submission before still does. */
let current = new AbortController();

const isForNow = ({ status }: Refusal): boolean => status === 0 || status === 429 || status === 503;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
  });

/** Waits until it may be sent again, or somebody does not want to wait. */
let sendNow: () => void = () => undefined;

const untilSentAgain = (refusal: Refusal, signal: AbortSignal): Promise<void> => {
  const waitMs = refusal.retryAfterS === null ? AGAIN_MS : Math.max(1, refusal.retryAfterS) * 1_000;
  phase.value = { step: "refused", refusal, againAtMs: Date.now() + waitMs };
  const early = new AbortController();
  sendNow = () => early.abort();
  return pause(waitMs, AbortSignal.any([signal, early.signal]));
};

/** @returns the job; `null` when it is not to be, and the form says why, or when it was given up */
const send = async (signal: AbortSignal): Promise<Job | null> => {
  // The same for every time that it is sent: an answer that was lost makes no second job.
  const idempotencyKey = createKey();
  const fields = toFields(draft.value);
  for (;;) {
    phase.value = { step: "sending" };
    const outcome = await desk.submit(session.value, fields, idempotencyKey);
    if (signal.aborted) return null;
    if ("value" in outcome) return outcome.value;
    const { refusal } = outcome;
    noteStatus(refusal.status);
    if (!isForNow(refusal)) {
      showErrors(refusal.message, refusal.errors);
      phase.value = { step: "idle" };
      return null;
    }
    await untilSentAgain(refusal, signal);
    if (signal.aborted) return null;
  }
};

const showPlaces = async (id: string, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    const { value } = phase;
    if (value.step !== "following" || value.job.id !== id || value.job.status !== "queued") return;
    try {
      const { position, estimated_wait_ms } = await client.value.position(id, { signal });
      if (phase.value.step !== "following") return;
      const place = position === null ? null : { position, estimatedWaitMs: estimated_wait_ms };
      phase.value = { ...phase.value, place };
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
  const outcome = await desk.fetchRanking(session.value, job.id);
  if (signal.aborted) return;
  if ("refusal" in outcome) {
    phase.value = { step: "ended", job, ranking: null, broken: outcome.refusal.message };
    return;
  }
  order.value = { by: "score", descending: true };
  const { rows, total } = await desk.rows(order.value, ROWS_AT_ONCE);
  if (signal.aborted) return;
  const { scored, duration_ms: durationMs } = outcome.value;
  phase.value = { step: "ended", job, ranking: { rows, total, scored, durationMs, query }, broken: null };
};

const follow = async (job: Job, query: string, signal: AbortSignal): Promise<void> => {
  phase.value = { step: "following", job, progress: job.progress, place: null, broken: null };
  void showPlaces(job.id, signal);
  while (!signal.aborted) {
    try {
      for await (const event of client.value.stream(job.id, {
        signal,
        timeoutMs: Number.POSITIVE_INFINITY,
      })) {
        const value: Phase = phase.value;
        if (value.step !== "following") return;
        if (event.type === "progress") {
          phase.value = { ...value, progress: event.progress, broken: null };
          continue;
        }
        if (event.job.done) {
          if (event.job.status === "succeeded") return await showRanking(event.job, query, signal);
          phase.value = { step: "ended", job: event.job, ranking: null, broken: null };
          return;
        }
        phase.value = { ...value, job: event.job, progress: event.job.progress, broken: null };
      }
    } catch (error) {
      if (signal.aborted) return;
      noteFailure(error);
      const { value } = phase;
      if (value.step === "following") phase.value = { ...value, broken: describeFailure(error) };
      await pause(AGAIN_MS, signal);
    }
  }
};

/** Sends what the form says, and shows what becomes of it. */
export const submit = async (): Promise<void> => {
  current.abort();
  current = new AbortController();
  const { signal } = current;
  fieldErrors.value = new Map();
  phase.value = { step: "sending" };
  const { query } = draft.value;
  const count = await layOut();
  if (signal.aborted) return;
  if (query === "") setFieldError("/query", "What is everything to be compared with?");
  if (count === 0) setFieldError("/candidates", "Nothing to compare with yet: a line for each text.");
  if (fieldErrors.value.size > 0) {
    phase.value = { step: "idle" };
    return;
  }
  const job = await send(signal);
  if (job) await follow(job, query, signal);
};

/** Gives up what was refused, and is to be sent again. */
export const giveUp = (): void => {
  current.abort();
  phase.value = { step: "idle" };
};

export const tryNow = (): void => sendNow();

export const cancel = async (): Promise<void> => {
  const { value } = phase;
  if (value.step !== "following") return;
  try {
    await client.value.cancel(value.job.id);
  } catch (error) {
    noteFailure(error);
    const { value } = phase;
    if (value.step === "following") phase.value = { ...value, broken: describeFailure(error) };
  }
};
