import { wordsOf } from "./token-sort-ratio.ts";

interface GramOptions {
  unit?: "char" | "word";
  n?: number;
  multiset?: boolean;
}

/** How often each gram stands in a text; one with fewer than n items is a gram by itself. */
const countGrams = (
  text: string,
  { unit = "char", n = unit === "char" ? 2 : 1, multiset = false }: GramOptions,
) => {
  const items = unit === "char" ? [...text] : wordsOf(text);
  const width = Math.min(n, items.length);
  const counts = new Map<string, number>();
  for (let begin = 0; width > 0 && begin + width <= items.length; begin += 1) {
    const gram = JSON.stringify(items.slice(begin, begin + width));
    counts.set(gram, multiset ? (counts.get(gram) ?? 0) + 1 : 1);
  }
  return counts;
};

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

const compare = (query: string, candidate: string, options: GramOptions) => {
  const [a, b] = [countGrams(query, options), countGrams(candidate, options)];
  const common = [...a].map(([gram, count]): [number, number] => [count, b.get(gram) ?? 0]);
  return {
    sizeA: sum(a.values()),
    sizeB: sum(b.values()),
    shared: sum(common.map(([x, y]) => Math.min(x, y))),
    product: sum(common.map(([x, y]) => x * y)),
    squares: sum([...a.values()].map((x) => x * x)) * sum([...b.values()].map((y) => y * y)),
  };
};

type Counts = ReturnType<typeof compare>;

/** A text without grams is like another such, and like no other. */
const gramMetric =
  (formula: (counts: Counts) => number) =>
  (query: string, candidate: string, options: GramOptions = {}): number => {
    const counts = compare(query, candidate, options);
    if (counts.sizeA === 0 || counts.sizeB === 0) return counts.sizeA === counts.sizeB ? 1 : 0;
    return formula(counts);
  };

/** Sørensen (1948), Dice (1945). */
export const dice = gramMetric(({ shared, sizeA, sizeB }) => (2 * shared) / (sizeA + sizeB));
/** Jaccard (1901). */
export const jaccard = gramMetric(({ shared, sizeA, sizeB }) => shared / (sizeA + sizeB - shared));
/** Szymkiewicz (1934), Simpson (1943). */
export const overlap = gramMetric(({ shared, sizeA, sizeB }) => shared / Math.min(sizeA, sizeB));
/** Otsuka (1936), Ochiai (1957). */
export const cosine = gramMetric(({ product, squares }) => product / Math.sqrt(squares));

/** The trigrams of pg_trgm's `show_trgm`. */
const trigramsOf = (text: string): Set<string> => {
  const trigrams = new Set<string>();
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) {
    const padded = [..."  ", ...word, " "];
    for (let begin = 0; begin + 3 <= padded.length; begin += 1)
      trigrams.add(padded.slice(begin, begin + 3).join(""));
  }
  return trigrams;
};

/** pg_trgm's `similarity`, but that two texts without words are alike. */
export const trigram = (query: string, candidate: string): number => {
  const [a, b] = [trigramsOf(query), trigramsOf(candidate)];
  return a.size === 0 && b.size === 0 ? 1 : a.intersection(b).size / a.union(b).size;
};

const countWords = (text: string): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
};

/** scikit-learn's TfidfVectorizer with smooth_idf, fitted to the candidates, by words as `str.split()` has them. */
export const tfidfCosine = (
  query: string,
  candidate: string,
  candidates: readonly string[] = [candidate],
): number => {
  const idf = (word: string) => {
    const having = candidates.filter((text) => countWords(text).has(word)).length;
    return Math.log((1 + candidates.length) / (1 + having)) + 1;
  };
  const [a, b] = [countWords(query), countWords(candidate)];
  if (a.size === 0 || b.size === 0) return a.size === b.size ? 1 : 0;
  const squares = (counts: Map<string, number>) =>
    sum([...counts].map(([word, count]) => (count * idf(word)) ** 2));
  const product = sum([...b].map(([word, count]) => count * idf(word) * ((a.get(word) ?? 0) * idf(word))));
  return Math.min(1, product / Math.sqrt(squares(a) * squares(b)));
};
