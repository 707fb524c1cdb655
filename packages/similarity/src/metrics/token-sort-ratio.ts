import { emptyCodePoints, readCodePoints } from "../text/code-points.ts";
import { compareCodePoints } from "../text/compare-code-points.ts";
import { WHITESPACE } from "../text/whitespace.ts";
import type { Metric } from "./metric.ts";
import { prepareRatio } from "./ratio.ts";
import { refuseOptions } from "./refuse-options.ts";

const BETWEEN_TOKENS = new RegExp(`${WHITESPACE}+`, "u");

/** A text with its tokens in order, one space between them. */
const sortTokens = (text: string): string =>
  text
    .split(BETWEEN_TOKENS)
    .filter((token) => token !== "")
    .sort(compareCodePoints)
    .join(" ");

/** RapidFuzz's `token_sort_ratio`, scaled to [0, 1]. */
export const tokenSortRatio: Metric = {
  definition: "ratio of the texts after their tokens, split at white space, were sorted",
  prepare: (query, options) => {
    refuseOptions(options);
    const score = prepareRatio(sortTokens(query));
    const buffer = emptyCodePoints();
    return (candidate) => score(readCodePoints(sortTokens(candidate), buffer));
  },
};
