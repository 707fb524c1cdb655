// What RapidFuzz's token_set_ratio, token_ratio and WRatio compare: the tokens that both texts have, and those that only one has.

import { indel, lcsOfPair, pairBytes, setPairs } from "./pairs";
import { partialBytes, partialRatio, setPartial } from "./partial";
import { columns, length as queryLength, SYMBOL_OF } from "./query";
import { scores } from "./scores";
import { byteLengths, codePointAt, decode, lengths, offsets, sequenceBytes } from "./texts";
import {
  byteLength, bytesAt, charLength, compareTokens, sortTokens, TOKEN, tokenAt, uniteTokens,
} from "./tokens";

const SPACE: usize = 0x20;
/** WRatio's scales. */
const UNBASED: f64 = 0.95;
const PARTIAL: f64 = 0.9;
const PARTIAL_FAR: f64 = 0.6;
const PARTIAL_FROM: f64 = 1.5;
const FAR_FROM: f64 = 8;

/** Lists of tokens: all of the query's and its different ones; the same of the candidate; room to sort. */
let queryTokens: usize = 0;
let querySet: usize = 0;
let tokens: usize = 0;
let tokenSet: usize = 0;
let spare: usize = 0;
/** u32 symbols: the query's and the candidate's tokens in order, those that the other has not, and the candidate as it is. */
let querySorted: usize = 0;
let sorted: usize = 0;
let queryOnly: usize = 0;
let only: usize = 0;
let symbols: usize = 0;

let queryTokenCount: u32 = 0;
let querySetCount: u32 = 0;
let querySortedLength: u32 = 0;
let tokenCount: u32 = 0;
let tokenSetCount: u32 = 0;

// Of the two sets: characters of what they share, joined, and of what only one has; how many tokens that is.
let sharedLength: u32 = 0;
let queryOnlyLength: u32 = 0;
let onlyLength: u32 = 0;
let queryOnlyCount: u32 = 0;
let onlyCount: u32 = 0;
let sharedCount: u32 = 0;

/** A token has a character at least, and white space behind it. */
@inline
function listBytes(lengthMax: u32): usize {
  return ((<usize>lengthMax >> 1) + 2) * TOKEN;
}

export function tokenBytes(lengthMax: u32): usize {
  const longest = max(lengthMax, queryLength);
  return pairBytes(longest) + partialBytes(longest) + 5 * listBytes(longest) + <usize>longest * 20 + 256;
}

/** @param queryBytes the query's UTF-8 */
export function setTokens(scratch: usize, lengthMax: u32, query: usize, queryBytes: u32): void {
  const longest = max(lengthMax, queryLength);
  const list = listBytes(longest);
  queryTokens = scratch;
  querySet = queryTokens + list;
  tokens = querySet + list;
  tokenSet = tokens + list;
  spare = tokenSet + list;
  querySorted = spare + list;
  sorted = querySorted + (<usize>longest << 2);
  queryOnly = sorted + (<usize>longest << 2);
  only = queryOnly + (<usize>longest << 2);
  symbols = only + (<usize>longest << 2);
  const pairs = (symbols + (<usize>longest << 2) + 15) & ~(<usize>15);
  setPairs(pairs, longest);
  setPartial((pairs + pairBytes(longest) + 15) & ~(<usize>15), longest);

  queryTokenCount = sortTokens(query, queryBytes, queryTokens, spare);
  memory.copy(querySet, queryTokens, <usize>queryTokenCount * TOKEN);
  querySetCount = uniteTokens(querySet, queryTokenCount);
  querySortedLength = writeSymbols(queryTokens, queryTokenCount, querySorted);
}

@inline
function symbolOfPoint(point: u32): u32 {
  return load<u32>(SYMBOL_OF + (<usize>point << 2));
}

function appendToken(token: usize, to: usize): usize {
  const end = bytesAt(token) + byteLength(token);
  for (let at = bytesAt(token); at < end; to += 4) {
    const lead = <u32>load<u8>(at);
    store<u32>(to, symbolOfPoint(codePointAt(at, lead)));
    at += sequenceBytes(lead);
  }
  return to;
}

/** Writes tokens with a space between them; tells how many symbols that is. */
function writeSymbols(list: usize, count: u32, begin: usize): u32 {
  let to = begin;
  for (let i: usize = 0; i < count; i++) {
    if (i > 0) {
      store<u32>(to, symbolOfPoint(<u32>SPACE));
      to += 4;
    }
    to = appendToken(tokenAt(list, i), to);
  }
  return <u32>(to - begin) >> 2;
}

function readTokens(text: usize): void {
  tokenCount = sortTokens(load<u32>(offsets + (text << 2)), load<u32>(byteLengths + (text << 2)), tokens, spare);
  memory.copy(tokenSet, tokens, <usize>tokenCount * TOKEN);
  tokenSetCount = uniteTokens(tokenSet, tokenCount);
}

/** Appends a token to what only one set has. */
@inline
function appendOnly(token: usize, list: usize, length: u32): u32 {
  let to = list + (<usize>length << 2);
  if (length > 0) {
    store<u32>(to, symbolOfPoint(<u32>SPACE));
    to += 4;
  }
  return <u32>(appendToken(token, to) - list) >> 2;
}

/** Takes the sets apart; both are in order. */
function compareSets(): void {
  sharedLength = 0;
  queryOnlyLength = 0;
  onlyLength = 0;
  queryOnlyCount = 0;
  onlyCount = 0;
  sharedCount = 0;
  let i: u32 = 0;
  let j: u32 = 0;
  while (i < querySetCount || j < tokenSetCount) {
    const order = i == querySetCount ? 1 : j == tokenSetCount ? -1 : compareTokens(tokenAt(querySet, i), tokenAt(tokenSet, j));
    if (order == 0) {
      sharedLength += charLength(tokenAt(querySet, i)) + (sharedCount > 0 ? 1 : 0);
      sharedCount++;
      i++;
      j++;
    } else if (order < 0) {
      queryOnlyLength = appendOnly(tokenAt(querySet, i), queryOnly, queryOnlyLength);
      queryOnlyCount++;
      i++;
    } else {
      onlyLength = appendOnly(tokenAt(tokenSet, j), only, onlyLength);
      onlyCount++;
      j++;
    }
  }
}

/** Of the sets as {@link compareSets} left them. */
function setRatio(): f64 {
  if (querySetCount == 0 || tokenSetCount == 0) return 0;
  if (sharedCount > 0 && (queryOnlyCount == 0 || onlyCount == 0)) return 1;
  const between: u32 = sharedLength > 0 ? 1 : 0;
  const queryWhole = sharedLength + between + queryOnlyLength;
  const whole = sharedLength + between + onlyLength;
  const lcs = lcsOfPair(queryOnly, queryOnlyLength, only, onlyLength);
  const distance = queryOnlyLength + onlyLength - 2 * lcs;
  let best = 1 - <f64>distance / <f64>(queryWhole + whole);
  if (sharedLength == 0) return best;
  best = max(best, 1 - <f64>(between + queryOnlyLength) / <f64>(sharedLength + queryWhole));
  return max(best, 1 - <f64>(between + onlyLength) / <f64>(sharedLength + whole));
}

export function tokenSetRatio(from: u32, to: u32): void {
  for (let text: usize = from; text < to; text++) {
    readTokens(text);
    compareSets();
    store<f64>(scores + (text << 3), setRatio());
  }
}

/** Raises scores that are the ratios of the sorted texts. */
export function raiseToTokenRatio(from: u32, to: u32): void {
  for (let text: usize = from; text < to; text++) {
    const at = scores + (text << 3);
    readTokens(text);
    compareSets();
    store<f64>(at, max(load<f64>(at), setRatio()));
  }
}

/** The candidate's characters as symbols. */
function readSymbols(text: usize): u32 {
  const length = decode(load<u32>(offsets + (text << 2)), load<u32>(byteLengths + (text << 2)), symbols);
  for (let i: usize = 0; i < length; i++) {
    const at = symbols + (i << 2);
    store<u32>(at, symbolOfPoint(load<u32>(at)));
  }
  return length;
}

export function partial(from: u32, to: u32): void {
  for (let text: usize = from; text < to; text++) {
    const length = readSymbols(text);
    store<f64>(scores + (text << 3), partialRatio(columns, queryLength, symbols, length));
  }
}

function partialTokenRatio(): f64 {
  if (sharedCount > 0) return 1;
  const length = writeSymbols(tokens, tokenCount, sorted);
  const best = partialRatio(querySorted, querySortedLength, sorted, length);
  if (queryTokenCount == queryOnlyCount && tokenCount == onlyCount) return best;
  return max(best, partialRatio(queryOnly, queryOnlyLength, only, onlyLength));
}

function tokenRatio(): f64 {
  const length = writeSymbols(tokens, tokenCount, sorted);
  const lcs = lcsOfPair(querySorted, querySortedLength, sorted, length);
  return max(indel(querySortedLength, length, lcs), setRatio());
}

/** Raises scores that are ratios. */
export function raiseToWeightedRatio(from: u32, to: u32): void {
  for (let text: usize = from; text < to; text++) {
    const at = scores + (text << 3);
    const length = load<u32>(lengths + (text << 2));
    if (length == 0 || queryLength == 0) {
      store<f64>(at, 0);
      continue;
    }
    readTokens(text);
    compareSets();
    const longest = <f64>max(length, queryLength);
    const lengthRatio = longest / <f64>min(length, queryLength);
    let best = load<f64>(at);
    if (lengthRatio < PARTIAL_FROM) {
      best = max(best, tokenRatio() * UNBASED);
    } else {
      const scale = lengthRatio <= FAR_FROM ? PARTIAL : PARTIAL_FAR;
      best = max(best, partialRatio(columns, queryLength, symbols, readSymbols(text)) * scale);
      best = max(best, partialTokenRatio() * UNBASED * scale);
    }
    store<f64>(at, best);
  }
}
