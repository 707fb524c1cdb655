import { z } from "zod";
import type { MetricName } from "./metric-names.ts";

export const METRIC_FAMILIES = [
  "edit_distance",
  "jaro",
  "partial_and_tokens",
  "n_grams",
  "corpus_weighted",
] as const;

export interface MetricDefinition {
  family: (typeof METRIC_FAMILIES)[number];
  /** One sentence; `a` and `b` are the query and a candidate. */
  definition: string;
  /** The paper, or the library whose definition it is. */
  source: string;
  /** What `metric_options` may hold: submissions are held against it, and clients are told by it. */
  options: z.ZodObject;
}

const noOptions = z.strictObject({});
const gramOptions = z.strictObject({
  unit: z.enum(["char", "word"]).default("char").meta({ description: "What an n-gram is made of." }),
  n: z
    .int()
    .min(1)
    .max(10)
    .optional()
    .meta({ description: "How many of them; 2 characters or 1 word unless given." }),
  multiset: z.boolean().default(false).meta({
    description: "Whether an n-gram counts as often as it stands there, and not once.",
  }),
});

/** Every metric, scaled to [0, 1]. */
export const metricDefinitions = {
  ratio: {
    family: "edit_distance",
    definition:
      "1 − d / (|a| + |b|), where d counts the insertions and deletions that turn one text into the other",
    source: "RapidFuzz ratio; Hyyrö, 2004",
    options: noOptions,
  },
  levenshtein: {
    family: "edit_distance",
    definition:
      "1 − d / max(|a|, |b|), where d counts the insertions, deletions and substitutions between the texts",
    source: "Levenshtein, 1966; Myers, 1999; Hyyrö, 2003",
    options: noOptions,
  },
  osa: {
    family: "edit_distance",
    definition:
      "1 − d / max(|a|, |b|), where d counts insertions, deletions, substitutions and swaps of neighbours, no part of a text being edited twice",
    source: "Boytsov, 2011; Hyyrö, 2003",
    options: noOptions,
  },
  damerau_levenshtein: {
    family: "edit_distance",
    definition:
      "1 − d / max(|a|, |b|), where d counts insertions, deletions, substitutions and swaps of neighbours, between which more may be inserted or deleted",
    source: "Lowrance and Wagner, 1975; Zhao and Sahni, 2019",
    options: noOptions,
  },
  lcs_seq: {
    family: "edit_distance",
    definition:
      "1 − d / max(|a|, |b|), where d is what the longest common subsequence lacks of the longer text",
    source: "RapidFuzz LCSseq",
    options: noOptions,
  },
  hamming: {
    family: "edit_distance",
    definition:
      "1 − d / max(|a|, |b|), where d counts the places at which the texts differ, those of one text alone included",
    source: "Hamming, 1950; RapidFuzz Hamming with pad",
    options: noOptions,
  },
  prefix: {
    family: "edit_distance",
    definition: "1 − d / max(|a|, |b|), where d is what the longest common prefix lacks of the longer text",
    source: "RapidFuzz Prefix",
    options: noOptions,
  },
  postfix: {
    family: "edit_distance",
    definition: "1 − d / max(|a|, |b|), where d is what the longest common postfix lacks of the longer text",
    source: "RapidFuzz Postfix",
    options: noOptions,
  },
  jaro: {
    family: "jaro",
    definition:
      "the mean of m / |a|, m / |b| and (m − t) / m, where m characters have an equal partner not farther than half the longer text, and t pairs changed places",
    source: "Jaro, 1989",
    options: noOptions,
  },
  jaro_winkler: {
    family: "jaro",
    definition:
      "Jaro similarity s, and above 0.7 boosted to s + p · w · (1 − s), where p counts the characters of the common prefix, 4 at most, and w is prefix_weight",
    source: "Jaro, 1989; Winkler, 1990; RapidFuzz JaroWinkler",
    options: z.strictObject({
      prefix_weight: z.number().min(0).max(0.25).default(0.1).meta({
        description: "What each character of the common prefix adds.",
      }),
    }),
  },
  partial_ratio: {
    family: "partial_and_tokens",
    definition:
      "the best ratio between the shorter text and any part of the longer one that is as long, or shorter and at an end",
    source: "RapidFuzz partial_ratio",
    options: noOptions,
  },
  token_sort_ratio: {
    family: "partial_and_tokens",
    definition: "ratio of the texts after their tokens, split at white space, were sorted",
    source: "RapidFuzz token_sort_ratio",
    options: noOptions,
  },
  token_set_ratio: {
    family: "partial_and_tokens",
    definition:
      "the best ratio between the tokens that both texts have, and these together with what one of them has beside; 1 when one has all tokens of the other",
    source: "RapidFuzz token_set_ratio",
    options: noOptions,
  },
  token_ratio: {
    family: "partial_and_tokens",
    definition: "the higher one of token_sort_ratio and token_set_ratio",
    source: "RapidFuzz token_ratio",
    options: noOptions,
  },
  wratio: {
    family: "partial_and_tokens",
    definition:
      "the highest of ratio, 0.95 · token_ratio where the lengths differ by less than half, else of ratio, s · partial_ratio and 0.95 · s · partial_token_ratio, where s is 0.9, and 0.6 where one text is more than eight times as long",
    source: "RapidFuzz WRatio",
    options: noOptions,
  },
  dice: {
    family: "n_grams",
    definition: "2 · |A ∩ B| / (|A| + |B|), where A and B are the texts' n-grams",
    source: "Dice, 1945; Sørensen, 1948",
    options: gramOptions,
  },
  jaccard: {
    family: "n_grams",
    definition: "|A ∩ B| / |A ∪ B|, where A and B are the texts' n-grams",
    source: "Jaccard, 1901",
    options: gramOptions,
  },
  overlap: {
    family: "n_grams",
    definition: "|A ∩ B| / min(|A|, |B|), where A and B are the texts' n-grams",
    source: "Szymkiewicz, 1934; Simpson, 1943",
    options: gramOptions,
  },
  cosine: {
    family: "n_grams",
    definition: "a · b / (|a| |b|), where a and b count the texts' n-grams, or are 1 for each that is there",
    source: "Otsuka, 1936; Ochiai, 1957",
    options: gramOptions,
  },
  trigram: {
    family: "n_grams",
    definition:
      "the Jaccard similarity of the trigrams of both texts' words, lower case and padded, as PostgreSQL's pg_trgm",
    source: "PostgreSQL pg_trgm similarity",
    options: noOptions,
  },
  tfidf_cosine: {
    family: "corpus_weighted",
    definition:
      "a · b / (|a| |b|), where a and b count the texts' words, each times ln((1 + N) / (1 + df)) + 1, df of the N candidates having it",
    source: "Spärck Jones, 1972; scikit-learn TfidfVectorizer",
    options: noOptions,
  },
} satisfies Record<MetricName, MetricDefinition>;
