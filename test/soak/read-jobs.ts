import { setTimeout as delay } from "node:timers/promises";
import type { JobView } from "@semblance/shared/job/job-view";
import { type ApiAnswer, callApi } from "./call-api.ts";
import type { AcceptedJob, History } from "./history.ts";
import { livingApi } from "./living-api.ts";
import type { SoakSystem } from "./soak-system.ts";

/** Between two reads, so that they do not become the load. */
const READ_PAUSE_MS = 20;
const RETRY_PAUSE_MS = 200;

const readJob = async ({ apis }: SoakSystem, id: string, signal: AbortSignal): Promise<ApiAnswer | null> =>
  callApi(`${await livingApi(apis, signal)}/v1/jobs/${id}`);

const note = (accepted: AcceptedJob, answer: ApiAnswer | null, history: History): void => {
  if (answer?.status === 500) history.surprise("a read was answered with 500");
  if (answer?.status === 404) accepted.missingAtMs ??= Date.now();
  if (answer?.status === 200 && (JSON.parse(answer.text) as JobView).done) accepted.firstFinal = answer.text;
};

/**
 * Reads every accepted job, over and over, until it is seen in a final state. Under load already: a final state that changes
 * later is a fault.
 */
export const followJobs = async (
  system: SoakSystem,
  history: History,
  isOver: (unended: number) => boolean,
  signal: AbortSignal,
): Promise<void> => {
  const unended = () =>
    [...history.accepted.values()].filter((job) => job.firstFinal === null && job.missingAtMs === null);
  for (let jobs = unended(); !isOver(jobs.length); jobs = unended()) {
    for (const accepted of jobs) {
      note(accepted, await readJob(system, accepted.id, signal), history);
      await delay(READ_PAUSE_MS, undefined, { signal });
      if (isOver(jobs.length)) return;
    }
    await delay(RETRY_PAUSE_MS, undefined, { signal });
  }
};

interface Page {
  jobs: JobView[];
  next_cursor: string | null;
}

/** Lists every job there is, accepted or not, and notes which of them each submission made. */
export const listAll = async (system: SoakSystem, history: History, signal: AbortSignal): Promise<void> => {
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = `limit=100${cursor && `&cursor=${cursor}`}`;
    const answer = await callApi(`${await livingApi(system.apis, signal)}/v1/jobs?${query}`);
    if (answer?.status === 200) {
      const { jobs, next_cursor }: Page = JSON.parse(answer.text);
      for (const { id, metadata } of jobs) history.list(id, Number(metadata["index"]));
      cursor = next_cursor;
    } else await delay(RETRY_PAUSE_MS, undefined, { signal });
  }
};

/** Reads every accepted job for the last time. */
export const readAllAgain = async (
  system: SoakSystem,
  history: History,
  signal: AbortSignal,
): Promise<void> => {
  for (const accepted of history.accepted.values()) {
    for (;;) {
      const answer = await readJob(system, accepted.id, signal);
      if (answer && answer.status < 500) {
        accepted.last = answer;
        break;
      }
      await delay(RETRY_PAUSE_MS, undefined, { signal });
    }
  }
};
