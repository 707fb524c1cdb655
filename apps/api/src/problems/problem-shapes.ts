import type { ProblemSlug } from "./problem-catalogue.ts";

/** What answers with a problem have beside what all of them have. */
export interface ProblemShape {
  /** Names in {@link responseHeaders}. */
  headers?: readonly ("Allow" | "Location" | "RetryAfter" | "WwwAuthenticate")[];
  /** Further members, each with an example. */
  members?: Readonly<Record<string, number | string | readonly string[]>>;
  /** Members, integers, that are not always there: those of the example, and others. */
  optional?: readonly string[];
  /** An example; the problem's meaning is its `detail` when there is none. */
  detail?: string;
  errors?: readonly { pointer: string; detail: string; offset?: number }[];
}

export const problemShapes: Partial<Record<ProblemSlug, ProblemShape>> = {
  "invalid-json": {
    detail: "The body is not valid JSON: a string is not closed.",
    errors: [{ pointer: "", detail: "a string is not closed", offset: 41 }],
  },
  "bad-request": {
    detail: "The request ended before it was whole.",
    errors: [{ pointer: "", detail: "The request ended before it was whole." }],
  },
  unauthorized: { headers: ["WwwAuthenticate"], detail: "There is no Authorization header." },
  "method-not-allowed": { headers: ["Allow"] },
  "not-found": { detail: "There is no job with this id." },
  "not-acceptable": {
    members: { available: ["application/json", "text/csv; charset=utf-8; header=present"] },
  },
  "already-done": { detail: "The job had ended before." },
  "not-done": { detail: "The job is running." },
  "not-finished": { headers: ["RetryAfter"], detail: "The job is queued." },
  "no-result": { detail: "The job ended as canceled." },
  "idempotency-in-progress": { headers: ["RetryAfter"] },
  "body-too-large": {
    members: { limit: 16_777_216 },
    detail: "The body is larger than 16777216 bytes.",
    errors: [{ pointer: "", detail: "larger than 16777216 bytes" }],
  },
  "unsupported-media-type": {
    detail: 'The content type is "text/plain"; send application/json, in UTF-8.',
  },
  "invalid-request": {
    errors: [
      { pointer: "/candidates/3/text", detail: "required" },
      { pointer: "/top_n", detail: "Too small: expected number to be >=1" },
      { pointer: "/colour", detail: "unknown field" },
    ],
  },
  "too-expensive": {
    members: { cells: 171_798_691_840, limit: 150_000_000_000 },
    detail:
      "By damerau_levenshtein the query and the candidates make 171798691840 cells, and 150000000000 are allowed.",
    errors: [{ pointer: "", detail: "171798691840 cells, 150000000000 are allowed" }],
  },
  "quota-exceeded": {
    headers: ["RetryAfter"],
    members: { jobs: 500, limit: 500 },
    optional: ["jobs", "bytes"],
    detail: "500 of your jobs have not ended, and 500 may be open at once.",
  },
  "too-many-requests": {
    headers: ["RetryAfter"],
    members: { limit: 600 },
    detail: "600 requests are allowed in 60 s.",
  },
  "job-failed": { detail: "The job ended as failed: the attempt took longer than its timeout." },
  overloaded: { headers: ["RetryAfter"], detail: "Too many bodies of this kind wait." },
  "queue-full": {
    headers: ["RetryAfter"],
    members: { depth: 1_000, limit: 1_000 },
    detail: "1000 jobs wait, and 1000 may.",
  },
  "store-full": {
    headers: ["RetryAfter"],
    members: { bytes: 1_073_700_000, limit: 1_073_741_824 },
    detail: "1073700000 bytes are taken or reserved, and 1073741824 may be.",
  },
  "not-in-time": {
    headers: ["Location", "RetryAfter"],
    members: { job: "/v1/jobs/job_0192f3a2b4c87d1e9f00a1b2c3d4e5f6" },
    detail: "The job is running, and goes on at /v1/jobs/job_0192f3a2b4c87d1e9f00a1b2c3d4e5f6.",
  },
  "store-unavailable": { headers: ["RetryAfter"] },
};
