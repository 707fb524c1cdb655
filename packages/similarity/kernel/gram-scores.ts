// Metrics on the n-grams of both texts, each counted as often as it stands there (a multiset) or once (a set). Sørensen, 1948, and
// Dice, 1945; Jaccard, 1901; Szymkiewicz, 1934, and Simpson, 1943 (overlap); Otsuka, 1936, and Ochiai, 1957 (cosine).

import {
  countCandidate, countQuery, foundCount, foundEntry, forget, gramBytes, inCandidate, inQuery, itemsAt, queryDistinct, queryItemsAt,
  querySquares, queryTotal, readCharacters, setGrams, total,
} from "./grams";
import { countCharacterSet, distinctCharacters, sharedCharacters } from "./character-sets";
import { scores } from "./scores";
import { decode } from "./texts";
import { countQueryWords, countWords, numberWords, wordBytes, wordCountOf, wordsOf } from "./words";

export const enum GramMetric {
  dice,
  jaccard,
  overlap,
  cosine,
}

// The option's bits.
const MULTISET: u32 = 1;
const WORDS: u32 = 2;
const SEPARATED: u32 = 4;
const N_SHIFT: u32 = 3;

let isMultiset = false;
let isOfWords = false;
let isOfCharacterSets = false;
let squares: f64 = 0;

/** Bytes that grams of texts of up to so many characters need. */
export function gramScoreBytes(option: u32, query: usize, queryBytes: u32, lengthMax: u32, count: u32): usize {
  const queryLength = queryBytes;
  const grams = gramBytes(queryLength, lengthMax) + 32;
  if ((option & WORDS) == 0) return grams;
  return grams + wordBytes(countQueryWords(query, queryBytes) + countWords(count), count);
}

export function setGramScores(option: u32, query: usize, queryBytes: u32, scratch: usize, lengthMax: u32, count: u32): void {
  isMultiset = (option & MULTISET) != 0;
  isOfWords = (option & WORDS) != 0;
  const n = option >> N_SHIFT;
  isOfCharacterSets = n == 1 && !isMultiset && !isOfWords;
  setGrams(scratch, queryBytes, lengthMax, n, (option & SEPARATED) != 0);
  let queryItems: u32;
  if (isOfWords) {
    const room = (scratch + gramBytes(queryBytes, lengthMax) + 15) & ~(<usize>15);
    const words = countQueryWords(query, queryBytes) + countWords(count);
    queryItems = numberWords(query, queryBytes, queryItemsAt(), count, room, words);
  } else queryItems = decode(query, queryBytes, queryItemsAt());
  countQuery(queryItems);
  squares = querySquares();
}

function count(text: usize): void {
  if (isOfWords) {
    const words = wordCountOf(text);
    memory.copy(itemsAt(), wordsOf(text), <usize>words << 2);
    countCandidate(words);
  } else countCandidate(readCharacters(text, itemsAt()));
}

/** Of sets with so many members. */
@inline
function ofSets(metric: GramMetric, shared: u32, grams: u32): f64 {
  if (queryDistinct == 0 || grams == 0) return queryDistinct == grams ? 1 : 0;
  return finish(metric, shared, queryDistinct, grams, <f64>shared, <f64>queryDistinct * <f64>grams);
}

@inline
function finish(metric: GramMetric, shared: u32, queryGrams: u32, grams: u32, product: f64, bothSquares: f64): f64 {
  if (metric == GramMetric.dice) return <f64>(2 * shared) / <f64>(queryGrams + grams);
  if (metric == GramMetric.jaccard) return <f64>shared / <f64>(queryGrams + grams - shared);
  if (metric == GramMetric.overlap) return <f64>shared / <f64>min(queryGrams, grams);
  return product / Math.sqrt(bothSquares);
}

function similarity(metric: GramMetric): f64 {
  if (!isMultiset) {
    let both: u32 = 0;
    for (let i: usize = 0; i < foundCount; i++) if (inQuery(foundEntry(i)) != 0) both++;
    return ofSets(metric, both, foundCount);
  }
  if (queryTotal == 0 || total == 0) return queryTotal == total ? 1 : 0;
  let shared: u32 = 0;
  let product: f64 = 0;
  let ownSquares: f64 = 0;
  for (let i: usize = 0; i < foundCount; i++) {
    const a = inQuery(foundEntry(i));
    const b = inCandidate(foundEntry(i));
    shared += min(a, b);
    product += <f64>a * <f64>b;
    ownSquares += <f64>b * <f64>b;
  }
  return finish(metric, shared, queryTotal, total, product, squares * ownSquares);
}

export function gramScores(metric: GramMetric, from: u32, to: u32): void {
  for (let text: usize = from; text < to; text++) {
    const at = scores + (text << 3);
    if (isOfCharacterSets) {
      countCharacterSet(text);
      store<f64>(at, ofSets(metric, sharedCharacters, distinctCharacters));
      continue;
    }
    count(text);
    store<f64>(at, similarity(metric));
    forget();
  }
}
