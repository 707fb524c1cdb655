// The cosine of word counts weighted by how rare a word is among the candidates: Spärck Jones, 1972, with the smoothed weight of
// scikit-learn's TfidfVectorizer, ln((1 + candidates) / (1 + those that have the word)) + 1.

import { scores } from "./scores";
import { countQueryWords, countWords, numberWords, wordBytes, wordCount, wordCountOf, wordsOf } from "./words";

@external("host", "log")
declare function log(value: f64): f64;

/** By word number: f64 its weight; u32 how often the query has it, how often the candidate, and the last text that had it. */
let weights: usize = 0;
let inQuery: usize = 0;
let inCandidate: usize = 0;
let lastText: usize = 0;
let queryItems: usize = 0;
/** u32: the candidate's words, each once, in the order in which it has them first. */
let distinct: usize = 0;
let queryWords: u32 = 0;
let querySquares: f64 = 0;

export function tfidfBytes(query: usize, queryBytes: u32, lengthMax: u32, count: u32): usize {
  const words = <usize>(countQueryWords(query, queryBytes) + countWords(count));
  return wordBytes(<u32>words, count) + (words + 1) * 20 + (<usize>queryBytes + <usize>lengthMax + 8) * 4 + 64;
}

export function setTfidf(query: usize, queryBytes: u32, scratch: usize, lengthMax: u32, count: u32): void {
  const words = countQueryWords(query, queryBytes) + countWords(count);
  const perWord = (<usize>words + 1) << 2;
  weights = (scratch + 7) & ~(<usize>7);
  inQuery = weights + (perWord << 1);
  inCandidate = inQuery + perWord;
  lastText = inCandidate + perWord;
  queryItems = lastText + perWord;
  distinct = queryItems + (<usize>queryBytes << 2);
  const room = (distinct + (<usize>lengthMax << 2) + 15) & ~(<usize>15);
  memory.fill(weights, 0, queryItems - weights);
  queryWords = numberWords(query, queryBytes, queryItems, count, room, words);
  weigh(count);
  querySquares = 0;
  for (let i: usize = 0; i < queryWords; i++) {
    const at = inQuery + (<usize>load<u32>(queryItems + (i << 2)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  // In the order in which the words come first.
  for (let i: usize = 0; i < queryWords; i++) {
    const word = <usize>load<u32>(queryItems + (i << 2));
    if (load<u32>(lastText + (word << 2)) == u32.MAX_VALUE) continue;
    store<u32>(lastText + (word << 2), u32.MAX_VALUE);
    const value = <f64>load<u32>(inQuery + (word << 2)) * load<f64>(weights + (word << 3));
    querySquares += value * value;
  }
}

function weigh(count: u32): void {
  // How many texts have it, for the time being where it will be counted in a candidate.
  for (let text: usize = 0; text < count; text++) {
    const words = wordsOf(text);
    for (let i: usize = 0; i < wordCountOf(text); i++) {
      const word = <usize>load<u32>(words + (i << 2));
      if (load<u32>(lastText + (word << 2)) == <u32>text + 1) continue;
      store<u32>(lastText + (word << 2), <u32>text + 1);
      store<u32>(inCandidate + (word << 2), load<u32>(inCandidate + (word << 2)) + 1);
    }
  }
  for (let word: usize = 1; word <= wordCount; word++) {
    const texts = load<u32>(inCandidate + (word << 2));
    store<f64>(weights + (word << 3), log(<f64>(1 + count) / <f64>(1 + texts)) + 1);
    store<u32>(inCandidate + (word << 2), 0);
  }
}

function similarity(text: usize): f64 {
  const count = wordCountOf(text);
  if (count == 0 || queryWords == 0) return count == queryWords ? 1 : 0;
  const words = wordsOf(text);
  let different: usize = 0;
  for (let i: usize = 0; i < count; i++) {
    const word = <usize>load<u32>(words + (i << 2));
    const at = inCandidate + (word << 2);
    if (load<u32>(at) == 0) store<u32>(distinct + (different++ << 2), <u32>word);
    store<u32>(at, load<u32>(at) + 1);
  }
  let squares: f64 = 0;
  let product: f64 = 0;
  for (let i: usize = 0; i < different; i++) {
    const word = <usize>load<u32>(distinct + (i << 2));
    const weight = load<f64>(weights + (word << 3));
    const value = <f64>load<u32>(inCandidate + (word << 2)) * weight;
    squares += value * value;
    product += value * (<f64>load<u32>(inQuery + (word << 2)) * weight);
    store<u32>(inCandidate + (word << 2), 0);
  }
  return min<f64>(1, product / Math.sqrt(querySquares * squares));
}

export function tfidf(from: u32, to: u32): void {
  for (let text: usize = from; text < to; text++) store<f64>(scores + (text << 3), similarity(text));
}
