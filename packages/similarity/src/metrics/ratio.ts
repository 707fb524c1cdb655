import { type CodePoints, emptyCodePoints, readCodePoints } from "../text/code-points.ts";
import { lcsLength } from "./lcs-length.ts";
import type { Metric } from "./metric.ts";
import { createPatternMasks } from "./pattern-masks.ts";

/** Scores against a query what is in code points already. */
export const prepareRatio = (query: string): ((candidate: CodePoints) => number) => {
  const pattern = createPatternMasks(readCodePoints(query, emptyCodePoints()));
  const state = new Int32Array(pattern.words);
  return (candidate) => {
    const characters = pattern.length + candidate.length;
    if (characters === 0) return 1;
    const distance = characters - 2 * lcsLength(pattern, candidate, state);
    return 1 - distance / characters;
  };
};

/** RapidFuzz's `ratio`, scaled to [0, 1]: the normalized InDel similarity. */
export const ratio: Metric = {
  definition:
    "1 − d / (|a| + |b|), where d counts the insertions and deletions that turn one text into the other",
  options: {},
  prepare: (query) => {
    const score = prepareRatio(query);
    const buffer = emptyCodePoints();
    return (candidate) => score(readCodePoints(candidate, buffer));
  },
};
