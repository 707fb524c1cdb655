// What the host calls. It lays out the memory behind `heapBase()`: see ../src/kernel/kernel.ts.

import {
  begin16, begin32, begin64, begin8, beginLong, end16, end32, end64, end8, endLong, ORDER_SPARE, setOrder, sortByClass,
} from "./classes";
import { damerau, damerauBytes, setDamerau } from "./damerau";
import { GramMetric, gramScoreBytes, gramScores, setGramScores } from "./gram-scores";
import { hamming, postfix, prefix } from "./hamming";
import { jaro, jaroBytes, setJaro } from "./jaro";
import { lcsShort } from "./lcs";
import { levenshteinShort } from "./levenshtein";
import { osaShort } from "./osa";
import { addSpace, length as queryLength, setQuery as setQuerySymbols } from "./query";
import { forgetPlaces } from "./samples";
import { Edits, scores, setScores } from "./scores";
import { setStrips, stripBytes } from "./strips";
import { lcsLong } from "./strips-lcs";
import { levenshteinLong } from "./strips-levenshtein";
import { setTfidf, tfidf, tfidfBytes } from "./tfidf";
import { cellBytes, lengthOf, setTexts } from "./texts";
import {
  partial, raiseToTokenRatio, raiseToWeightedRatio, setTokens as setQueryTokens, tokenBytes, tokenSetRatio,
} from "./token-set";

export {
  candidatesBegin, candidatesEnd, countQuotes, scanCandidates, scannedCount, scannedIdBytes, scanSubmission, setScan,
} from "./candidates";
export { clearQuery } from "./query";
export { normalizeAscii } from "./normalize";
export { nextScore } from "./scores";
export { sortTexts } from "./tokens";
export { cutTexts, decode, encodeTexts, loadedChars, loadedLongest, measureTexts } from "./texts";
export { cellBytes, setTexts, ORDER_SPARE, setOrder, setScores };

/** As in ../src/kernel/kernel.ts. Families follow one another: what is below is held against the first or the last of one. */
const enum Metric {
  levenshtein,
  osa,
  damerau,
  ratio,
  lcs,
  hamming,
  prefix,
  postfix,
  jaro,
  partial,
  tokenSet,
  tokenRatio,
  weighted,
  dice,
  jaccard,
  overlap,
  cosine,
  tfidf,
}

let queryBytes: usize = 0;
let queryByteLength: u32 = 0;

export function heapBase(): usize {
  return __heap_base;
}

/**
 * @param bytes the query's UTF-8
 * @param codePoints u32 by character
 * @param columns room for as many u32
 * @param cells room for as many u32, and 16 bytes
 */
export function setQuery(bytes: usize, byteLength: u32, codePoints: usize, length: u32, columns: usize, cells: usize): void {
  queryBytes = bytes;
  queryByteLength = byteLength;
  setQuerySymbols(codePoints, length, columns, cells);
  forgetPlaces();
  // Tokens are joined by it.
  addSpace();
}

/**
 * Bytes of scratch that a metric needs.
 *
 * @param lengthMax characters of the longest text
 * @param count texts
 */
export function scratchBytes(metric: Metric, lengthMax: u32, count: u32, option: f64): usize {
  if (metric == Metric.tfidf) return tfidfBytes(queryBytes, queryByteLength, lengthMax, count);
  if (metric >= Metric.dice) return gramScoreBytes(<u32>option, queryBytes, queryByteLength, lengthMax, count);
  if (metric == Metric.weighted || metric == Metric.tokenRatio) return 16 + tokenBytes(lengthMax) + scratchBytes(Metric.ratio, lengthMax, count, 0);
  if (metric >= Metric.partial) return tokenBytes(lengthMax);
  if (metric == Metric.damerau) return damerauBytes(lengthMax);
  if (metric == Metric.jaro) return jaroBytes();
  if (metric <= Metric.lcs) return stripBytes(((lengthMax + 63) >> 6) + 1);
  return 0;
}

export function setScratch(metric: Metric, scratch: usize, lengthMax: u32, count: u32, option: f64): void {
  if (metric == Metric.tfidf) setTfidf(queryBytes, queryByteLength, scratch, lengthMax, count);
  else if (metric >= Metric.dice) setGramScores(<u32>option, queryBytes, queryByteLength, scratch, lengthMax, count);
  else if (metric >= Metric.partial) {
    setQueryTokens(scratch, lengthMax, queryBytes, queryByteLength);
    if (metric >= Metric.tokenRatio) setScratch(Metric.ratio, (scratch + tokenBytes(lengthMax) + 15) & ~(<usize>15), lengthMax, count, 0);
  } else if (metric == Metric.damerau) setDamerau(scratch, lengthMax);
  else if (metric == Metric.jaro) setJaro(scratch);
  else if (metric <= Metric.lcs) setStrips(scratch, ((lengthMax + 63) >> 6) + 1);
}

/** Against an empty query there is nothing to be run. */
function scoreAgainstNothing(from: u32, to: u32): void {
  for (let text: usize = from; text < to; text++) store<f64>(scores + (text << 3), lengthOf(text) == 0 ? 1 : 0);
}

function scoreLevenshtein(from: u32, to: u32, scoreMin: f64): void {
  sortByClass(from, to);
  levenshteinShort<u8>(begin8, end8);
  levenshteinShort<u16>(begin16, end16);
  levenshteinShort<u32>(begin32, end32);
  levenshteinShort<u64>(begin64, end64);
  levenshteinLong(beginLong, endLong, Edits.levenshtein, scoreMin);
}

function scoreOsa(from: u32, to: u32, scoreMin: f64): void {
  sortByClass(from, to);
  osaShort<u8>(begin8, end8);
  osaShort<u16>(begin16, end16);
  osaShort<u32>(begin32, end32);
  osaShort<u64>(begin64, end64);
  levenshteinLong(beginLong, endLong, Edits.osa, scoreMin);
}

function scoreLcs(from: u32, to: u32, isRatio: bool, scoreMin: f64): void {
  sortByClass(from, to);
  lcsShort<u8>(begin8, end8, isRatio);
  lcsShort<u16>(begin16, end16, isRatio);
  lcsShort<u32>(begin32, end32, isRatio);
  lcsShort<u64>(begin64, end64, isRatio);
  lcsLong(beginLong, endLong, isRatio ? Edits.ratio : Edits.lcs, scoreMin);
}

/**
 * Scores the texts `from` to `to`.
 *
 * @param scoreMin below it a score need not be exact, and may be -1; 0 to have them all
 * @param option the metric's own: Winkler's prefix weight; of n-grams, n and three bits, as in gram-scores.ts
 */
export function score(metric: Metric, from: u32, to: u32, scoreMin: f64, option: f64): void {
  if (metric == Metric.tfidf) tfidf(from, to);
  else if (metric >= Metric.dice) gramScores(<GramMetric>(metric - Metric.dice), from, to);
  else if (metric == Metric.tokenSet) tokenSetRatio(from, to);
  else if (metric == Metric.partial) partial(from, to);
  else if (metric == Metric.tokenRatio) {
    score(Metric.ratio, from, to, 0, 0);
    raiseToTokenRatio(from, to);
  } else if (metric == Metric.weighted) {
    score(Metric.ratio, from, to, 0, 0);
    raiseToWeightedRatio(from, to);
  } else if (queryLength == 0) scoreAgainstNothing(from, to);
  else if (metric == Metric.levenshtein) scoreLevenshtein(from, to, scoreMin);
  else if (metric == Metric.osa) scoreOsa(from, to, scoreMin);
  else if (metric == Metric.damerau) damerau(from, to, scoreMin);
  else if (metric == Metric.ratio) scoreLcs(from, to, true, scoreMin);
  else if (metric == Metric.lcs) scoreLcs(from, to, false, scoreMin);
  else if (metric == Metric.hamming) hamming(from, to);
  else if (metric == Metric.prefix) prefix(from, to);
  else if (metric == Metric.postfix) postfix(from, to);
  else jaro(from, to, option);
}
