import type { MetricName } from "./metric-names.ts";

/**
 * What a cell, a character of the query against one of a candidate, costs by each family of metrics, as times of what it costs by the
 * bit-parallel ones, of which a step does dozens of cells: measured on long texts, see packages/similarity/README.md. Those whose time
 * goes by the sum of the lengths cost next to nothing.
 */
const CELL_COSTS: Record<MetricName, number> = {
  ratio: 1,
  levenshtein: 1,
  osa: 2,
  lcs_seq: 1,
  damerau_levenshtein: 40,
  // The best of many parts, which is more for some lengths: there the timeout decides.
  partial_ratio: 16,
  wratio: 16,
  token_sort_ratio: 2,
  token_set_ratio: 2,
  token_ratio: 4,
  hamming: 0,
  prefix: 0,
  postfix: 0,
  jaro: 0.1,
  jaro_winkler: 0.1,
  dice: 0.1,
  jaccard: 0.1,
  overlap: 0.1,
  cosine: 0.1,
  trigram: 0.1,
  tfidf_cosine: 0.1,
};

/**
 * The work of a job, in cells of the bit-parallel metrics.
 *
 * @param queryChars characters of the query
 * @param candidateChars characters of all candidates
 */
export const jobCells = (metric: MetricName, queryChars: number, candidateChars: number): number =>
  Math.ceil(queryChars * candidateChars * CELL_COSTS[metric]);
