import { compareCodePoints } from "./compare-code-points.ts";
import { WHITESPACE } from "./whitespace.ts";

const BETWEEN_TOKENS = new RegExp(`${WHITESPACE}+`, "u");

/**
 * A text with its tokens in order, one space between them.
 *
 * RapidFuzz's compiled build does not split at U+0085 and U+00A0 where Python happens to store a text in one byte a
 * character; its Python build always does, and so do we.
 */
export const sortTokens = (text: string): string =>
  text
    .split(BETWEEN_TOKENS)
    .filter((token) => token !== "")
    .sort(compareCodePoints)
    .join(" ");
