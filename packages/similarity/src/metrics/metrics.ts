import { gramOptions, trigramPreparation } from "./grams.ts";
import type { Metric } from "./metric.ts";

/** Every metric by its name on the wire, scaled to [0, 1]. Definitions are RapidFuzz's where it has them. */
export const metrics = {
  ratio: {
    definition:
      "1 − d / (|a| + |b|), where d counts the insertions and deletions that turn one text into the other",
    options: {},
    kernel: "ratio",
  },
  levenshtein: {
    definition:
      "1 − d / max(|a|, |b|), where d counts the insertions, deletions and substitutions between the texts",
    options: {},
    kernel: "levenshtein",
  },
  osa: {
    definition:
      "1 − d / max(|a|, |b|), where d counts insertions, deletions, substitutions and swaps of neighbours, no part of a text being edited twice",
    options: {},
    kernel: "osa",
  },
  damerau_levenshtein: {
    definition:
      "1 − d / max(|a|, |b|), where d counts insertions, deletions, substitutions and swaps of neighbours, between which more may be inserted or deleted",
    options: {},
    kernel: "damerau",
  },
  lcs_seq: {
    definition:
      "1 − d / max(|a|, |b|), where d is what the longest common subsequence lacks of the longer text",
    options: {},
    kernel: "lcs",
  },
  hamming: {
    definition:
      "1 − d / max(|a|, |b|), where d counts the places at which the texts differ, those of one text alone included",
    options: {},
    kernel: "hamming",
  },
  prefix: {
    definition: "1 − d / max(|a|, |b|), where d is what the longest common prefix lacks of the longer text",
    options: {},
    kernel: "prefix",
  },
  postfix: {
    definition: "1 − d / max(|a|, |b|), where d is what the longest common postfix lacks of the longer text",
    options: {},
    kernel: "postfix",
  },
  jaro: {
    definition:
      "the mean of m / |a|, m / |b| and (m − t) / m, where m characters have an equal partner not farther than half the longer text, and t pairs changed places",
    options: {},
    kernel: "jaro",
  },
  jaro_winkler: {
    definition:
      "Jaro similarity s, and above 0.7 boosted to s + p · w · (1 − s), where p counts the characters of the common prefix, 4 at most, and w is prefix_weight",
    options: { prefix_weight: { default: 0.1, min: 0, max: 0.25 } },
    kernel: "jaro",
    kernelOption: ({ prefix_weight }) => Number(prefix_weight),
  },
  partial_ratio: {
    definition:
      "the best ratio between the shorter text and any part of the longer one that is as long, or shorter and at an end",
    options: {},
    kernel: "partial",
  },
  token_sort_ratio: {
    definition: "ratio of the texts after their tokens, split at white space, were sorted",
    options: {},
    kernel: "ratio",
    sorts: true,
  },
  token_set_ratio: {
    definition:
      "the best ratio between the tokens that both texts have, and these together with what one of them has beside; 1 when one has all tokens of the other",
    options: {},
    kernel: "tokenSet",
  },
  token_ratio: {
    definition: "the higher one of token_sort_ratio and token_set_ratio",
    options: {},
    kernel: "tokenRatio",
    sorts: true,
  },
  wratio: {
    definition:
      "the highest of ratio, 0.95 · token_ratio where the lengths differ by less than half, else of ratio, s · partial_ratio and 0.95 · s · partial_token_ratio, where s is 0.9, and 0.6 where one text is more than eight times as long",
    options: {},
    kernel: "weighted",
  },
  dice: {
    definition: "2 · |A ∩ B| / (|A| + |B|), where A and B are the texts' n-grams",
    ...gramOptions,
    kernel: "dice",
  },
  jaccard: {
    definition: "|A ∩ B| / |A ∪ B|, where A and B are the texts' n-grams",
    ...gramOptions,
    kernel: "jaccard",
  },
  overlap: {
    definition: "|A ∩ B| / min(|A|, |B|), where A and B are the texts' n-grams",
    ...gramOptions,
    kernel: "overlap",
  },
  cosine: {
    definition: "a · b / (|a| |b|), where a and b count the texts' n-grams, or are 1 for each that is there",
    ...gramOptions,
    kernel: "cosine",
  },
  trigram: {
    definition:
      "the Jaccard similarity of the trigrams of both texts' words, lower case and padded, as PostgreSQL's pg_trgm",
    ...trigramPreparation,
    kernel: "jaccard",
  },
  tfidf_cosine: {
    definition:
      "a · b / (|a| |b|), where a and b count the texts' words, each times ln((1 + N) / (1 + df)) + 1, df of the N candidates having it",
    options: {},
    kernel: "tfidf",
    needsAll: true,
  },
} satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;

export const METRIC_NAMES = Object.keys(metrics) as MetricName[];
