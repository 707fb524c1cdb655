import { setTimeout as delay } from "node:timers/promises";

export interface Job {
  id: string;
  status: string;
  done: boolean;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  progress: { scored: number; total: number };
  error: { code: string; message: string } | null;
  urls: { self: string };
  result?: {
    results: { index: number; id: string | null; score: number }[];
    scored: number;
    duration_ms: number;
  } | null;
}

interface Problem {
  title: string;
  detail?: string;
  errors?: { pointer: string; detail: string }[];
}

/** The API said no; the message is what it said. */
export class ApiProblem extends Error {}

const REQUEST_LIMIT_MS = 30_000;
const POLL_FIRST_MS = 50;
const POLL_MAX_MS = 500;
/** Polls that come quick, so that a short job is seen at once. */
const QUICK_POLLS = 10;

const describeProblem = ({ title, detail, errors = [] }: Problem): string =>
  [
    detail ? `${title}: ${detail}` : title,
    ...errors.map((error) => `  ${error.pointer}: ${error.detail}`),
  ].join("\n");

const throwProblem = async (response: Response): Promise<never> => {
  const body = await response.text();
  if (!response.headers.get("content-type")?.startsWith("application/problem+json")) {
    throw new ApiProblem(`the API answered ${response.status}`);
  }
  throw new ApiProblem(describeProblem(JSON.parse(body) as Problem));
};

/** @throws {ApiProblem} unless the job was accepted */
export const submitJob = async (
  apiUrl: string,
  body: Buffer<ArrayBuffer>,
): Promise<{ job: Job; jobUrl: string }> => {
  const response = await fetch(`${apiUrl}/v1/jobs`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body,
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
  });
  if (response.status !== 202) return throwProblem(response);
  const jobUrl = new URL(response.headers.get("location") ?? "", apiUrl).href;
  return { job: (await response.json()) as Job, jobUrl };
};

const toPollMs = (response: Response, poll: number): number => {
  if (poll < QUICK_POLLS) return POLL_FIRST_MS;
  const retryAfterMs = Number(response.headers.get("retry-after") ?? 0) * 1_000;
  return Math.max(POLL_FIRST_MS, Math.min(retryAfterMs || POLL_MAX_MS, POLL_MAX_MS));
};

/**
 * Polls a job until it is done.
 *
 * @param onPoll sees it each time
 * @throws {ApiProblem} when the API refuses to tell, or when the job is not done in time
 */
export const pollJob = async (jobUrl: string, limitMs: number, onPoll: (job: Job) => void): Promise<Job> => {
  const deadline = performance.now() + limitMs;
  for (let poll = 0; ; poll++) {
    const response = await fetch(jobUrl, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
    if (response.status !== 200) await throwProblem(response);
    const job = (await response.json()) as Job;
    onPoll(job);
    if (job.done) return job;
    if (performance.now() > deadline) {
      throw new ApiProblem(`the job was still ${job.status} after ${limitMs / 1_000} s`);
    }
    await delay(toPollMs(response, poll));
  }
};
