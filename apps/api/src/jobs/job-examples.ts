import type { JobView, ScoringResult } from "@semblance/shared/job/job-view";

const ID = "job_0192f3a2b4c87d1e9f00a1b2c3d4e5f6";
const SELF = `/v1/jobs/${ID}`;

/** What the document shows of a job's life; a test holds each to its schema. */
export const submissionExample = {
  query: "Sankt Peterburg",
  candidates: ["Saint Petersburg", { id: "city-42", text: "Petersburg" }],
  top_n: 10,
};

export const resultExample: ScoringResult = {
  results: [
    { index: 0, id: null, score: 0.9032258064516129 },
    { index: 1, id: "city-42", score: 0.72 },
  ],
  scored: 2,
  duration_ms: 0.06,
};

export const queuedJobExample: JobView = {
  id: ID,
  status: "queued",
  done: false,
  metric: "ratio",
  candidate_count: 2,
  created_at: "2026-01-05T09:30:00.000Z",
  started_at: null,
  finished_at: null,
  start_before: "2026-01-05T10:30:00.000Z",
  result_expires_at: null,
  attempts: 0,
  progress: { scored: 0, total: 2 },
  error: null,
  metadata: {},
  urls: { self: SELF, result: `${SELF}/result`, events: `${SELF}/events`, cancel: `${SELF}/cancel` },
};

const ENDED_AT = "2026-01-05T09:30:00.021Z";

export const canceledJobExample: JobView = {
  ...queuedJobExample,
  status: "canceled",
  done: true,
  finished_at: ENDED_AT,
  error: { code: "canceled", message: "the job was canceled" },
};

export const succeededJobExample: JobView = {
  ...queuedJobExample,
  status: "succeeded",
  done: true,
  started_at: "2026-01-05T09:30:00.012Z",
  finished_at: ENDED_AT,
  result_expires_at: "2026-01-06T09:30:00.021Z",
  attempts: 1,
  progress: { scored: 2, total: 2 },
};

const event = (id: number, name: string, data: unknown) =>
  `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

export const eventsExample = `retry: 1000\n\n${event(1, "status", queuedJobExample)}${event(2, "progress", { scored: 1, total: 2 })}${event(3, "status", succeededJobExample)}`;
