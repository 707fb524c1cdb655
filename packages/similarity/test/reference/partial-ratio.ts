import { ratio } from "./ratio.ts";

/** Every part of the longer text that is as long as the shorter one, or shorter and at an end. */
const partsOf = (text: readonly string[], length: number): string[] => {
  const parts: string[] = [];
  for (let begin = 1 - length; begin < text.length; begin += 1) {
    parts.push(text.slice(Math.max(0, begin), begin + length).join(""));
  }
  return parts;
};

const best = (needle: readonly string[], text: readonly string[]): number =>
  Math.max(...partsOf(text, needle.length).map((part) => ratio(needle.join(""), part)));

/** RapidFuzz's `partial_ratio` / 100, with the best part for needles of any length. */
export const partialRatio = (query: string, candidate: string): number => {
  const [a, b] = [[...query], [...candidate]];
  if (a.length === 0 || b.length === 0) return a.length === b.length ? 1 : 0;
  if (a.length === b.length) return Math.max(best(a, b), best(b, a));
  return a.length < b.length ? best(a, b) : best(b, a);
};
