import type { MetricName } from "../../src/metrics/metrics.ts";
import { damerauLevenshtein } from "./damerau-levenshtein.ts";
import { cosine, dice, jaccard, overlap, tfidfCosine, trigram } from "./grams.ts";
import { jaroSimilarity, jaroWinkler } from "./jaro-winkler.ts";
import { levenshtein } from "./levenshtein.ts";
import { osa } from "./osa.ts";
import { partialRatio } from "./partial-ratio.ts";
import { lcsSeq, ratio } from "./ratio.ts";
import { hamming, postfix, prefix } from "./same-place.ts";
import { tokenRatio, tokenSetRatio, weightedRatio } from "./token-set-ratio.ts";
import { tokenSortRatio } from "./token-sort-ratio.ts";

/** The naive reference of each metric. */
export const references = {
  ratio,
  levenshtein,
  osa,
  damerau_levenshtein: damerauLevenshtein,
  lcs_seq: lcsSeq,
  hamming,
  prefix,
  postfix,
  jaro: jaroSimilarity,
  jaro_winkler: jaroWinkler,
  partial_ratio: partialRatio,
  token_sort_ratio: tokenSortRatio,
  token_set_ratio: tokenSetRatio,
  token_ratio: tokenRatio,
  wratio: weightedRatio,
  dice,
  jaccard,
  overlap,
  cosine,
  trigram,
  tfidf_cosine: tfidfCosine,
} satisfies Record<MetricName, (query: string, candidate: string) => number>;

/** By any metric with its options' defaults, as one of these candidates. */
export const scoreByReference = (
  metric: MetricName,
  query: string,
  candidate: string,
  candidates: readonly string[],
): number =>
  metric === "tfidf_cosine"
    ? references[metric](query, candidate, candidates)
    : references[metric](query, candidate);
