import type { ScoringResult } from "@semblance/shared/job/job-view";
import { scoreByReference } from "../../packages/similarity/test/reference/references.ts";
import { SLOW_JOB_TIMEOUT_MS } from "./slow-job.ts";

const QUERY = "Sankt Peterburg";
/** Most are small; of ten one has a payload that is stored by itself, and one a result that is large, too. */
const CANDIDATE_COUNTS = [3, 3, 3, 3, 400, 3, 3, 3, 3, 1_800];
const TEXTS = Array.from(
  { length: Math.max(...CANDIDATE_COUNTS) },
  (_, index) => `Saint Petersburg by the sea, number ${index}`,
);
const SCORES = TEXTS.map((text) => scoreByReference("ratio", QUERY, text, []));

/** One job of a load. */
export interface LoadJob {
  submission: object;
  /** What its results must be, to the last bit, by the naive reference. */
  readResults: () => ScoringResult["results"];
}

/**
 * The job with this index: always the same one, and its results are those of no other.
 *
 * @param isSlow whether it takes longer than a worker that shuts down waits, where its worker is one with slow jobs
 */
export const createLoadJob = (index: number, isSlow: boolean): LoadJob => {
  const count = CANDIDATE_COUNTS[index % CANDIDATE_COUNTS.length]!;
  const id = `first of job ${index}`;
  return {
    submission: {
      query: QUERY,
      candidates: TEXTS.slice(0, count).with(0, { id, text: TEXTS[0] } as never),
      ...(isSlow ? { timeout_ms: SLOW_JOB_TIMEOUT_MS } : {}),
    },
    readResults: () =>
      SCORES.slice(0, count)
        .map((score, at) => ({ index: at, id: at === 0 ? id : null, score }))
        .sort((a, b) => b.score - a.score || a.index - b.index),
  };
};
