import { emptyCodePoints, readCodePoints } from "../text/code-points.ts";
import { compareCodePoints } from "../text/compare-code-points.ts";
import { WHITESPACE } from "../text/whitespace.ts";
import type { Metric } from "./metric.ts";
import { prepareRatio } from "./ratio.ts";

const BETWEEN_TOKENS = new RegExp(`${WHITESPACE}+`, "u");

/** A text with its tokens in order, one space between them. */
const sortTokens = (text: string): string =>
  text
    .split(BETWEEN_TOKENS)
    .filter((token) => token !== "")
    .sort(compareCodePoints)
    .join(" ");

/**
 * RapidFuzz's `token_sort_ratio`, scaled to [0, 1].
 *
 * RapidFuzz's compiled build does not split at U+0085 and U+00A0 where Python happens to store a text in one byte a
 * character; its Python build always does, and so do we.
 */
export const tokenSortRatio: Metric = {
  definition: "ratio of the texts after their tokens, split at white space, were sorted",
  options: {},
  prepare: (query) => {
    const score = prepareRatio(sortTokens(query));
    const buffer = emptyCodePoints();
    return (candidate) => score(readCodePoints(sortTokens(candidate), buffer));
  },
};
