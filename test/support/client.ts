import type { JobView, ScoringResult } from "@semblance/shared/job/job-view";
import type { QueueView } from "@semblance/shared/queue/queue-view";
import { eventually } from "./eventually.ts";

export type JobWithResult = JobView & { result: ScoringResult | null };

export const json = async <Body>(response: Response | Promise<Response>): Promise<Body> =>
  (await (await response).json()) as Body;

export const readQueue = (url: string): Promise<QueueView> => json(fetch(`${url}/v1/queue`));

/** What a worker answers at `/readyz`. */
export const readReadiness = async (workerUrl: string): Promise<string> =>
  (await json<{ status: string }>(fetch(`${workerUrl}/readyz`))).status;

/** The value of one line of a worker's metrics; 0 when there is none yet. */
export const readMetric = async (workerUrl: string, line: string): Promise<number> => {
  const text = await (await fetch(`${workerUrl}/metrics`)).text();
  const found = text.split("\n").find((candidate) => candidate.startsWith(`${line} `));
  return Number(found?.slice(line.length + 1) ?? 0);
};

/**
 * Waits until so many jobs are in threads. That a job is shown as running says less: its worker holds it, and may still be
 * asking Redis for leave to begin.
 */
export const waitUntilInThreads = (workerUrl: string, count: number): Promise<true> =>
  eventually(`${count} jobs in threads`, async () =>
    (await readMetric(workerUrl, 'semblance_threads{state="lent"}')) === count ? true : undefined,
  );

/** Sends a submission; strings and bytes go as they are. */
export const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/v1/jobs`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: typeof body === "string" || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  });

/** @throws when the job was not accepted */
export const submit = async (url: string, submission: object): Promise<JobView> => {
  const response = await post(url, submission);
  if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
  return json(response);
};

export const read = async (url: string, id: string): Promise<JobWithResult> => {
  const response = await fetch(`${url}/v1/jobs/${id}`);
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return json(response);
};

export const cancel = (url: string, id: string): Promise<Response> =>
  fetch(`${url}/v1/jobs/${id}/cancel`, { method: "POST" });

/** Polls a job until it looks as expected. */
export const waitFor = (
  url: string,
  id: string,
  condition: (job: JobWithResult) => boolean,
  limitMs?: number,
): Promise<JobWithResult> =>
  eventually(
    `job ${id}`,
    async () => {
      const job = await read(url, id);
      return condition(job) ? job : undefined;
    },
    limitMs,
  );

export const waitForEnd = (url: string, id: string, limitMs?: number): Promise<JobWithResult> =>
  waitFor(url, id, (job) => job.done, limitMs);

/** A problem document, as far as tests look at it. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: { pointer?: string; parameter?: string; detail: string; offset?: number }[];
  available?: string[];
  depth?: number;
  limit?: number;
  request_id: string;
}

export const readProblem = async (response: Response): Promise<ProblemBody> => {
  const type = response.headers.get("content-type");
  if (type !== "application/problem+json")
    throw new Error(`not a problem but ${type}: ${await response.text()}`);
  return json(response);
};
