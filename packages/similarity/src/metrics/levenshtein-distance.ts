import type { CodePoints } from "../text/code-points.ts";
import type { PatternMasks } from "./pattern-masks.ts";

/**
 * The Levenshtein distance, by the bit-parallel method of Myers (1999, "A fast bit-vector algorithm for approximate string
 * matching based on dynamic programming") in the form of Hyyrö (2003), over blocks of 32 rows: the vertical differences of a
 * column of the matrix are kept as bits, and each block hands its last horizontal difference on to the next.
 *
 * @param state twice as many words as the pattern has; overwritten
 */
export const levenshteinDistance = (pattern: PatternMasks, text: CodePoints, state: Int32Array): number => {
  const { length, words, masks, offsetOf } = pattern;
  if (length === 0) return text.length;
  const last = words - 1;
  const lastRow = 1 << ((length - 1) & 31);
  // Positive differences in the first half of the state, negative ones in the second.
  state.fill(-1, 0, words);
  state.fill(0, words, words * 2);
  let distance = length;
  for (let index = 0; index < text.length; index += 1) {
    const offset = offsetOf(text.values[index]!);
    let increaseIn = 1;
    let decreaseIn = 0;
    for (let word = 0; word < words; word += 1) {
      const positive = state[word]!;
      const negative = state[words + word]!;
      const equal = masks[offset + word]! | decreaseIn;
      const zero = (((equal & positive) + positive) ^ positive) | equal | negative;
      const increase = negative | ~(zero | positive);
      const decrease = zero & positive;
      if (word === last) {
        if (increase & lastRow) distance += 1;
        if (decrease & lastRow) distance -= 1;
      }
      const shiftedIncrease = (increase << 1) | increaseIn;
      const shiftedDecrease = (decrease << 1) | decreaseIn;
      increaseIn = increase >>> 31;
      decreaseIn = decrease >>> 31;
      state[word] = shiftedDecrease | ~(zero | shiftedIncrease);
      state[words + word] = shiftedIncrease & zero;
    }
  }
  return distance;
};
