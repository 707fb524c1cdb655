import { ratio } from "./ratio.ts";

/** Code points as fixed-width hexadecimal sort as numbers do. */
const sortKey = (token: string) =>
  Array.from(token, (c) => c.codePointAt(0)!.toString(16).padStart(6, "0")).join("");

/** What Python's `str.isspace()` is true for, one by one. */
const SPACES = new Set(
  [9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000]
    .concat(Array.from({ length: 11 }, (_, offset) => 0x2000 + offset))
    .map((codePoint) => String.fromCodePoint(codePoint)),
);

/** What stands between white space. */
export const wordsOf = (text: string): string[] => {
  const tokens = [""];
  for (const character of text) {
    if (SPACES.has(character)) tokens.push("");
    else tokens[tokens.length - 1] += character;
  }
  return tokens.filter((token) => token !== "");
};

export const sortedTokens = (text: string): string[] =>
  wordsOf(text)
    .map((token) => ({ token, key: sortKey(token) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ token }) => token);

/** RapidFuzz's `token_sort_ratio` / 100. */
export const tokenSortRatio = (query: string, candidate: string): number =>
  ratio(sortedTokens(query).join(" "), sortedTokens(candidate).join(" "));
