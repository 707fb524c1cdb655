import { createRequire } from "node:module";
import { distance } from "fastest-levenshtein";
import type { MetricName } from "../src/metrics/metrics.ts";

type Compare = (a: string, b: string) => number;

const require = createRequire(import.meta.url);
const fuzzball = require("fuzzball") as Record<string, (a: string, b: string, options: object) => number>;
/** Some of its modules are the function, others have it as their similarity. */
const talisman = (name: string): Compare => {
  const module = require(`talisman/metrics/${name}`) as Compare | { similarity: Compare };
  return typeof module === "function" ? module : module.similarity;
};
const AS_THEY_ARE = { full_process: false, force_ascii: false };
const byFuzzball =
  (name: string): Compare =>
  (a, b) =>
    fuzzball[name]!(a, b, AS_THEY_ARE);

export interface Peer {
  name: string;
  compare: Compare;
}

/** JavaScript libraries that have a metric, each with its own definition of it. */
export const peersOf: Partial<Record<MetricName, Peer[]>> = {
  levenshtein: [
    { name: "fastest-levenshtein", compare: distance },
    { name: "talisman", compare: talisman("levenshtein") },
  ],
  ratio: [{ name: "fuzzball", compare: byFuzzball("ratio") }],
  damerau_levenshtein: [{ name: "talisman", compare: talisman("damerau-levenshtein") }],
  prefix: [{ name: "talisman", compare: talisman("prefix") }],
  postfix: [{ name: "talisman", compare: talisman("suffix") }],
  hamming: [{ name: "talisman", compare: talisman("hamming") }],
  jaro: [{ name: "talisman", compare: talisman("jaro") }],
  jaro_winkler: [{ name: "talisman", compare: talisman("jaro-winkler") }],
  partial_ratio: [{ name: "fuzzball", compare: byFuzzball("partial_ratio") }],
  token_sort_ratio: [{ name: "fuzzball", compare: byFuzzball("token_sort_ratio") }],
  token_set_ratio: [{ name: "fuzzball", compare: byFuzzball("token_set_ratio") }],
  wratio: [{ name: "fuzzball", compare: byFuzzball("WRatio") }],
  dice: [{ name: "talisman", compare: talisman("dice") }],
  // Of single characters, as a set: the bench has ours compare these, too.
  jaccard: [{ name: "talisman", compare: talisman("jaccard") }],
  overlap: [{ name: "talisman", compare: talisman("overlap") }],
};
