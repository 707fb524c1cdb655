import { gramOptions, trigramPreparation } from "./grams.ts";
import type { Metric } from "./metric.ts";

/** Every metric by its name on the wire, scaled to [0, 1], as ../../README.md defines it; RapidFuzz's definition where it has one. */
export const metrics = {
  ratio: {
    options: {},
    kernel: "ratio",
  },
  levenshtein: {
    options: {},
    kernel: "levenshtein",
  },
  osa: {
    options: {},
    kernel: "osa",
  },
  damerau_levenshtein: {
    options: {},
    kernel: "damerau",
  },
  lcs_seq: {
    options: {},
    kernel: "lcs",
  },
  hamming: {
    options: {},
    kernel: "hamming",
  },
  prefix: {
    options: {},
    kernel: "prefix",
  },
  postfix: {
    options: {},
    kernel: "postfix",
  },
  jaro: {
    options: {},
    kernel: "jaro",
  },
  jaro_winkler: {
    options: { prefix_weight: { default: 0.1, min: 0, max: 0.25 } },
    kernel: "jaro",
    kernelOption: ({ prefix_weight }) => Number(prefix_weight),
  },
  partial_ratio: {
    options: {},
    kernel: "partial",
  },
  token_sort_ratio: {
    options: {},
    kernel: "ratio",
    sorts: true,
  },
  token_set_ratio: {
    options: {},
    kernel: "tokenSet",
  },
  token_ratio: {
    options: {},
    kernel: "tokenRatio",
    sorts: true,
  },
  wratio: {
    options: {},
    kernel: "weighted",
  },
  dice: {
    ...gramOptions,
    kernel: "dice",
  },
  jaccard: {
    ...gramOptions,
    kernel: "jaccard",
  },
  overlap: {
    ...gramOptions,
    kernel: "overlap",
  },
  cosine: {
    ...gramOptions,
    kernel: "cosine",
  },
  trigram: {
    ...trigramPreparation,
    kernel: "jaccard",
  },
  tfidf_cosine: {
    options: {},
    kernel: "tfidf",
    needsAll: true,
  },
} satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;

export const METRIC_NAMES = Object.keys(metrics) as MetricName[];
