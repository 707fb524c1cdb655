import type { MetricName } from "../../src/metrics/metrics.ts";
import { jaroWinkler } from "./jaro-winkler.ts";
import { levenshtein } from "./levenshtein.ts";
import { ratio } from "./ratio.ts";
import { tokenSortRatio } from "./token-sort-ratio.ts";

/** The naive reference of each metric. */
export const references = {
  ratio,
  levenshtein,
  jaro_winkler: jaroWinkler,
  token_sort_ratio: tokenSortRatio,
} satisfies Record<MetricName, (query: string, candidate: string) => number>;
