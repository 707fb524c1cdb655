import type { CodePoints } from "../text/code-points.ts";
import { lastWordMask, type PatternMasks } from "./pattern-masks.ts";

const TWO_TO_32 = 2 ** 32;

const countBits = (word: number): number => {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

/**
 * The length of the longest common subsequence, by the bit-parallel method of Hyyrö (2004, "Bit-parallel LCS-length
 * computation revisited"): S = (S + (S & M)) | (S − (S & M)) for each character, whose zero bits count the LCS.
 *
 * @param state as many words as the pattern has; overwritten
 */
export const lcsLength = (pattern: PatternMasks, text: CodePoints, state: Int32Array): number => {
  const { words, masks, offsetOf } = pattern;
  state.fill(-1, 0, words);
  for (let index = 0; index < text.length; index += 1) {
    const offset = offsetOf(text.values[index]!);
    // A symbol that the pattern does not have changes nothing.
    if (offset === 0) continue;
    let carry = 0;
    for (let word = 0; word < words; word += 1) {
      const before = state[word]!;
      const matches = before & masks[offset + word]!;
      const sum = (before >>> 0) + (matches >>> 0) + carry;
      carry = sum >= TWO_TO_32 ? 1 : 0;
      state[word] = sum | (before - matches);
    }
  }
  let length = 0;
  for (let word = 0; word < words - 1; word += 1) length += countBits(~state[word]!);
  return pattern.length === 0 ? 0 : length + countBits(~state[words - 1]! & lastWordMask(pattern.length));
};
