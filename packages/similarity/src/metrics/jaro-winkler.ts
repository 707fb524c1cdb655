import { type CodePoints, emptyCodePoints, readCodePoints } from "../text/code-points.ts";
import type { Metric } from "./metric.ts";

const PREFIX_MAX = 4;
const BOOST_ABOVE = 0.7;

/** Which characters of both texts have a partner; used again for every pair. */
class Partners {
  a = new Uint8Array(64);
  b = new Uint8Array(64);

  clear(lengthA: number, lengthB: number): void {
    if (this.a.length < lengthA) this.a = new Uint8Array(lengthA * 2);
    if (this.b.length < lengthB) this.b = new Uint8Array(lengthB * 2);
    this.a.fill(0, 0, lengthA);
    this.b.fill(0, 0, lengthB);
  }
}

/** Gives every character of `a` the first equal one of `b` that is near enough and free; returns how many have one. */
const pairUp = (a: CodePoints, b: CodePoints, partners: Partners): number => {
  const range = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  let pairs = 0;
  for (let i = 0; i < a.length; i += 1) {
    const end = Math.min(b.length, i + range + 1);
    for (let j = Math.max(0, i - range); j < end; j += 1) {
      if (partners.b[j] || a.values[i] !== b.values[j]) continue;
      partners.a[i] = 1;
      partners.b[j] = 1;
      pairs += 1;
      break;
    }
  }
  return pairs;
};

/** Half the number of paired characters that stand in another order. */
const countTranspositions = (a: CodePoints, b: CodePoints, partners: Partners): number => {
  let moved = 0;
  let j = 0;
  for (let i = 0; i < a.length; i += 1) {
    if (!partners.a[i]) continue;
    while (!partners.b[j]) j += 1;
    if (a.values[i] !== b.values[j]) moved += 1;
    j += 1;
  }
  return Math.floor(moved / 2);
};

const jaro = (a: CodePoints, b: CodePoints, partners: Partners): number => {
  if (a.length === 0 && b.length === 0) return 1;
  partners.clear(a.length, b.length);
  const pairs = pairUp(a, b, partners);
  if (pairs === 0) return 0;
  const transpositions = countTranspositions(a, b, partners);
  return (pairs / a.length + pairs / b.length + (pairs - transpositions) / pairs) / 3;
};

const commonPrefix = (a: CodePoints, b: CodePoints): number => {
  const max = Math.min(PREFIX_MAX, a.length, b.length);
  let length = 0;
  while (length < max && a.values[length] === b.values[length]) length += 1;
  return length;
};

/** Jaro similarity (Jaro, 1989) with Winkler's boost for a common prefix (Winkler, 1990), as RapidFuzz has it. */
export const jaroWinkler: Metric = {
  definition:
    "Jaro similarity s, and above 0.7 boosted to s + p · w · (1 − s), where p counts the characters of the common prefix, 4 at most, and w is prefix_weight",
  options: { prefix_weight: { default: 0.1, min: 0, max: 0.25 } },
  prepare: (query, { prefix_weight: prefixWeight = 0 }) => {
    const a = readCodePoints(query, emptyCodePoints());
    const buffer = emptyCodePoints();
    const partners = new Partners();
    return (candidate) => {
      const b = readCodePoints(candidate, buffer);
      const similarity = jaro(a, b, partners);
      if (similarity <= BOOST_ABOVE) return similarity;
      return Math.min(1, similarity + commonPrefix(a, b) * prefixWeight * (1 - similarity));
    };
  },
};
