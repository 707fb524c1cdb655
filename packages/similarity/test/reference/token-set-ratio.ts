import { partialRatio } from "./partial-ratio.ts";
import { lcsLength, ratio } from "./ratio.ts";
import { sortedTokens, tokenSortRatio } from "./token-sort-ratio.ts";

const lengthOf = (text: string) => [...text].length;

/** What both texts' tokens share and what only one of them has, each joined in order; and how many tokens these are. */
const compareTokens = (query: string, candidate: string) => {
  const [a, b] = [new Set(sortedTokens(query)), new Set(sortedTokens(candidate))];
  const join = (tokens: Set<string>) => ({ text: [...tokens].join(" "), count: tokens.size });
  return {
    a,
    b,
    shared: join(a.intersection(b)),
    onlyA: join(a.difference(b)),
    onlyB: join(b.difference(a)),
  };
};

/** RapidFuzz's `token_set_ratio` / 100. */
export const tokenSetRatio = (query: string, candidate: string): number => {
  const { a, b, shared, onlyA, onlyB } = compareTokens(query, candidate);
  if (a.size === 0 || b.size === 0) return 0;
  if (shared.count > 0 && (onlyA.count === 0 || onlyB.count === 0)) return 1;
  const [sharedLength, lengthA, lengthB] = [shared, onlyA, onlyB].map(({ text }) => lengthOf(text)) as [
    number,
    number,
    number,
  ];
  const space = sharedLength > 0 ? 1 : 0;
  const [wholeA, wholeB] = [sharedLength + space + lengthA, sharedLength + space + lengthB];
  const distance = lengthA + lengthB - 2 * lcsLength([...onlyA.text], [...onlyB.text]);
  const scores = [1 - distance / (wholeA + wholeB)];
  if (sharedLength > 0) {
    scores.push(
      1 - (space + lengthA) / (sharedLength + wholeA),
      1 - (space + lengthB) / (sharedLength + wholeB),
    );
  }
  return Math.max(...scores);
};

/** RapidFuzz's `token_ratio` / 100. */
export const tokenRatio = (query: string, candidate: string): number =>
  Math.max(tokenSortRatio(query, candidate), tokenSetRatio(query, candidate));

/** RapidFuzz's `partial_token_ratio` / 100. */
const partialTokenRatio = (query: string, candidate: string): number => {
  const { shared, onlyA, onlyB } = compareTokens(query, candidate);
  if (shared.count > 0) return 1;
  const join = (text: string) => sortedTokens(text).join(" ");
  return Math.max(partialRatio(join(query), join(candidate)), partialRatio(onlyA.text, onlyB.text));
};

/** RapidFuzz's `WRatio` / 100. */
export const weightedRatio = (query: string, candidate: string): number => {
  const [a, b] = [lengthOf(query), lengthOf(candidate)];
  if (a === 0 || b === 0) return 0;
  const whole = ratio(query, candidate);
  const lengthRatio = Math.max(a, b) / Math.min(a, b);
  if (lengthRatio < 1.5) return Math.max(whole, tokenRatio(query, candidate) * 0.95);
  const scale = lengthRatio <= 8 ? 0.9 : 0.6;
  return Math.max(
    whole,
    partialRatio(query, candidate) * scale,
    partialTokenRatio(query, candidate) * 0.95 * scale,
  );
};
