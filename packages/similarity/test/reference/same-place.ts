/** 1 − d / max(|a|, |b|), with d = max − what the texts have in common. */
const share = (a: readonly string[], b: readonly string[], common: number): number => {
  const longer = Math.max(a.length, b.length);
  return longer === 0 ? 1 : 1 - (longer - common) / longer;
};

/** Hamming (1950), with the characters that one text has beyond the other counted as differences: RapidFuzz's `pad`. */
export const hamming = (query: string, candidate: string): number => {
  const [a, b] = [[...query], [...candidate]];
  return share(a, b, a.filter((x, at) => x === b[at]).length);
};

const prefixLength = (a: readonly string[], b: readonly string[]): number => {
  const differs = a.findIndex((x, at) => x !== b[at]);
  return differs < 0 ? a.length : differs;
};

/** RapidFuzz's `Prefix.normalized_similarity`. */
export const prefix = (query: string, candidate: string): number => {
  const [a, b] = [[...query], [...candidate]];
  return share(a, b, prefixLength(a, b));
};

/** RapidFuzz's `Postfix.normalized_similarity`. */
export const postfix = (query: string, candidate: string): number => {
  const [a, b] = [[...query], [...candidate]];
  return share(a, b, prefixLength(a.toReversed(), b.toReversed()));
};
