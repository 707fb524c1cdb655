import { setTimeout as delay } from "node:timers/promises";
import { type ApiAnswer, callApi } from "./call-api.ts";
import type { AcceptedJob, History } from "./history.ts";
import { livingApi } from "./living-api.ts";
import { createSoakJob, type SoakJob } from "./soak-job.ts";
import type { SoakSystem } from "./soak-system.ts";

const SUBMITTERS = 4;
const JOBS_PER_S = 16;
const TRIES = 20;
const RETRY_PAUSE_MS_MAX = 300;
const CANCEL_TRIES = 50;

export interface LoadOptions {
  system: SoakSystem;
  history: History;
  seed: number;
  durationMs: number;
  signal: AbortSignal;
}

const pause = (answer: ApiAnswer | null, signal: AbortSignal) =>
  delay(Math.min(answer?.retryAfterMs ?? RETRY_PAUSE_MS_MAX, RETRY_PAUSE_MS_MAX), undefined, { signal });

/** The last part of a problem's `type`. */
const problemOf = ({ status, text }: ApiAnswer): string => {
  try {
    return `${status} ${(JSON.parse(text) as { type: string }).type.split("/").at(-1)}`;
  } catch {
    return `${status} without a problem`;
  }
};

/** Cancels a job by way of another API than the one that took it. */
const cancelLater = async (
  accepted: AcceptedJob,
  takenBy: string,
  { system, signal, history }: LoadOptions,
): Promise<void> => {
  await delay(accepted.job.cancelAfterMs!, undefined, { signal });
  accepted.cancel = "asked";
  for (let tries = 0; tries < CANCEL_TRIES; tries += 1) {
    const url = await livingApi(system.apis, signal, takenBy);
    const answer = await callApi(`${url}/v1/jobs/${accepted.id}/cancel`, { method: "POST" });
    if (answer?.status === 200) accepted.cancel = "confirmed";
    if (answer?.status === 404) accepted.missingAtMs ??= Date.now();
    if (answer && answer.status < 500) return;
    if (answer?.status === 500) history.surprise(`a cancel was answered with ${problemOf(answer)}`);
    await pause(answer, signal);
  }
};

/** Submits a job under a key of its own until it is accepted; gives up on it when the service is away for long. */
const submitJob = async (
  job: SoakJob,
  { system, history, signal }: LoadOptions,
): Promise<{ accepted: AcceptedJob; takenBy: string } | null> => {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const url = await livingApi(system.apis, signal);
    const sentAtMs = performance.now();
    const answer = await callApi(`${url}/v1/jobs`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": `job-${job.index}` },
      body: JSON.stringify({
        ...job.submission,
        ...(job.wantsWebhook ? { webhook: { url: system.receiver.url } } : {}),
      }),
    });
    history.slowestSubmissionMs = Math.max(history.slowestSubmissionMs, performance.now() - sentAtMs);
    if (answer?.status === 202 || answer?.status === 200) {
      const { id } = JSON.parse(answer.text) as { id: string };
      return { accepted: history.accept(id, job), takenBy: url };
    }
    if (answer) history.refuse(problemOf(answer));
    else history.unanswered += 1;
    await pause(answer, signal);
  }
  return null;
};

/** Submits jobs at a steady rate, and cancels some, for as long as the run lasts. */
export const generateLoad = async (options: LoadOptions): Promise<void> => {
  const { seed, durationMs, signal } = options;
  const untilMs = performance.now() + durationMs;
  const cancels: Promise<void>[] = [];
  let next = 0;
  const submitMany = async () => {
    while (performance.now() < untilMs) {
      const dueAtMs = performance.now() + (SUBMITTERS / JOBS_PER_S) * 1_000;
      const job = createSoakJob(seed, next++);
      const taken = await submitJob(job, options);
      if (taken && job.cancelAfterMs !== null) {
        const canceling = cancelLater(taken.accepted, taken.takenBy, options);
        // Awaited at the end only: a run that is stopped before must not make it an unhandled rejection.
        canceling.catch(() => undefined);
        cancels.push(canceling);
      }
      await delay(Math.max(0, dueAtMs - performance.now()), undefined, { signal });
    }
  };
  await Promise.all(Array.from({ length: SUBMITTERS }, submitMany));
  await Promise.all(cancels);
};
