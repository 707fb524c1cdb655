import type { CodePoints } from "../text/code-points.ts";

const WORD_BITS = 32;
const ASCII_END = 128;

/**
 * For each symbol of a pattern, the positions at which it stands, as bits: what bit-parallel string matching looks up for
 * every character of the text (Baeza-Yates and Gonnet, 1992).
 */
export interface PatternMasks {
  length: number;
  /** How many 32-bit words one mask takes. */
  words: number;
  /** All masks, one after another; the first is empty, for symbols that the pattern does not have. */
  masks: Int32Array;
  /** Where a symbol's mask begins in `masks`. */
  offsetOf: (codePoint: number) => number;
}

export const createPatternMasks = ({ values, length }: CodePoints): PatternMasks => {
  const words = Math.max(1, Math.ceil(length / WORD_BITS));
  const offsets = new Map<number, number>();
  for (const codePoint of values.subarray(0, length)) {
    if (!offsets.has(codePoint)) offsets.set(codePoint, (offsets.size + 1) * words);
  }
  const masks = new Int32Array((offsets.size + 1) * words);
  for (let position = 0; position < length; position += 1) {
    masks[offsets.get(values[position]!)! + (position >>> 5)]! |= 1 << (position & 31);
  }
  const ascii = Int32Array.from({ length: ASCII_END }, (_, codePoint) => offsets.get(codePoint) ?? 0);
  const offsetOf = (codePoint: number) =>
    codePoint < ASCII_END ? ascii[codePoint]! : (offsets.get(codePoint) ?? 0);
  return { length, words, masks, offsetOf };
};

/** The bits of the last word that belong to the pattern. */
export const lastWordMask = (length: number): number => -1 >>> (-length & 31);
