/** The similarity metrics that a job may name, as they stand on the wire. */
export const METRIC_NAMES = [
  "ratio",
  "levenshtein",
  "osa",
  "damerau_levenshtein",
  "lcs_seq",
  "hamming",
  "prefix",
  "postfix",
  "jaro",
  "jaro_winkler",
  "partial_ratio",
  "token_sort_ratio",
  "token_set_ratio",
  "token_ratio",
  "wratio",
  "dice",
  "jaccard",
  "overlap",
  "cosine",
  "trigram",
  "tfidf_cosine",
] as const;

export type MetricName = (typeof METRIC_NAMES)[number];
