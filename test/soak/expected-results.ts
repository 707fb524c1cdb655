import type { ScoringResult } from "@semblance/shared/job/job-view";
import { scoreByReference } from "../../packages/similarity/test/reference/references.ts";
import type { SoakSubmission } from "./soak-job.ts";

/** What a submission's results must be, to the last bit, by the naive references. */
export const expectedResults = ({ query, candidates, metric }: SoakSubmission): ScoringResult["results"] =>
  candidates
    .map((candidate, index) => ({
      index,
      id: null,
      score: scoreByReference(metric, query, candidate, candidates),
    }))
    .sort((a, b) => b.score - a.score || a.index - b.index);
