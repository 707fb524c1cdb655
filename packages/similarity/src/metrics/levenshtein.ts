import { emptyCodePoints, readCodePoints } from "../text/code-points.ts";
import { levenshteinDistance } from "./levenshtein-distance.ts";
import type { Metric } from "./metric.ts";
import { createPatternMasks } from "./pattern-masks.ts";

/** The normalized Levenshtein similarity (Levenshtein, 1966), as RapidFuzz's `Levenshtein.normalized_similarity`. */
export const levenshtein: Metric = {
  definition:
    "1 − d / max(|a|, |b|), where d counts the insertions, deletions and substitutions between the texts",
  options: {},
  prepare: (query) => {
    const pattern = createPatternMasks(readCodePoints(query, emptyCodePoints()));
    const state = new Int32Array(pattern.words * 2);
    const buffer = emptyCodePoints();
    return (candidate) => {
      const text = readCodePoints(candidate, buffer);
      const longer = Math.max(pattern.length, text.length);
      return longer === 0 ? 1 : 1 - levenshteinDistance(pattern, text, state) / longer;
    };
  },
};
