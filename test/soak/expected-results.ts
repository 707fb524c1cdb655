import type { ScoringResult } from "@semblance/shared/job/job-view";
import type { MetricName } from "@semblance/shared/job/metric-names";
import { jaroWinkler } from "../../packages/similarity/test/reference/jaro-winkler.ts";
import { levenshtein } from "../../packages/similarity/test/reference/levenshtein.ts";
import { ratio } from "../../packages/similarity/test/reference/ratio.ts";
import { tokenSortRatio } from "../../packages/similarity/test/reference/token-sort-ratio.ts";
import type { SoakSubmission } from "./soak-job.ts";

const references = {
  ratio,
  levenshtein,
  jaro_winkler: jaroWinkler,
  token_sort_ratio: tokenSortRatio,
} satisfies Record<MetricName, (query: string, candidate: string) => number>;

/** What a submission's results must be, to the last bit, by the naive references. */
export const expectedResults = ({ query, candidates, metric }: SoakSubmission): ScoringResult["results"] =>
  candidates
    .map((candidate, index) => ({ index, id: null, score: references[metric](query, candidate) }))
    .sort((a, b) => b.score - a.score || a.index - b.index);
