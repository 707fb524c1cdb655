// Jaro, 1989, and Winkler, 1990. Each character of a candidate takes the first equal one of the query that is near enough and free.
// Of one symbol the takers come in order and so do the places, so what was passed over once is never of use again: a pointer a symbol
// walks through its places, and a pair costs the sum of the lengths. A short query's places are bits of a word instead.

import { columns, isNarrow, length as queryLength, SYMBOL_OF_BYTE, symbolCount } from "./query";
import { scores } from "./scores";
import { cellsOf, lengthOf } from "./texts";

const PREFIX_MAX: u32 = 4;
const BOOST_ABOVE: f64 = 0.7;

/** u32 by symbol number: where its places begin; those of the next one end them. */
let starts: usize = 0;
/** u32: the query's places, symbol by symbol. */
let places: usize = 0;
/** u32 by symbol number: the place it has come to. */
let next: usize = 0;
/** u32: the symbols of the candidate's characters that have a partner, in order; and room for one more. */
let taken: usize = 0;
/** u8 by place: whether it is taken. */
let flags: usize = 0;
/** u64 by symbol number: its places, for a query of up to 64 characters. */
let masks: usize = 0;

export function jaroBytes(): usize {
  return (<usize>(symbolCount + 2) << 4) + <usize>queryLength * 9 + 68;
}

export function setJaro(scratch: usize): void {
  starts = scratch;
  next = starts + (<usize>(symbolCount + 2) << 2);
  places = next + (<usize>(symbolCount + 2) << 2);
  taken = places + (<usize>queryLength << 2);
  masks = (taken + ((<usize>queryLength + 1) << 2) + 7) & ~(<usize>7);
  flags = masks + (<usize>(symbolCount + 1) << 3);
  if (queryLength <= 64) {
    for (let s: usize = 0; s <= symbolCount; s++) store<u64>(masks + (s << 3), 0);
    for (let i: usize = 0; i < queryLength; i++) {
      const at = masks + (<usize>load<u32>(columns + (i << 2)) << 3);
      store<u64>(at, load<u64>(at) | (<u64>1 << i));
    }
    return;
  }
  memory.fill(starts, 0, <usize>(symbolCount + 2) << 2);
  for (let i: usize = 0; i < queryLength; i++) {
    const at = starts + (<usize>(load<u32>(columns + (i << 2)) + 1) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  for (let s: usize = 1; s <= <usize>symbolCount + 1; s++) {
    store<u32>(starts + (s << 2), load<u32>(starts + (s << 2)) + load<u32>(starts + ((s - 1) << 2)));
  }
  memory.copy(next, starts, <usize>(symbolCount + 2) << 2);
  for (let i: usize = 0; i < queryLength; i++) {
    const at = next + (<usize>load<u32>(columns + (i << 2)) << 2);
    store<u32>(places + (<usize>load<u32>(at) << 2), <u32>i);
    store<u32>(at, load<u32>(at) + 1);
  }
}

@inline
function symbolAt<T>(cells: usize, index: u32): u32 {
  if (sizeof<T>() == 1) return <u32>load<u8>(SYMBOL_OF_BYTE + <usize>load<u8>(cells + index));
  return load<u32>(cells + (<usize>index << 2));
}

/** With the query's places as bits. What comes of a character is as good as random, so nothing branches on it. */
function shortSimilarity<T>(cells: usize, length: u32, range: u32): f64 {
  let free = ~(<u64>0);
  let pairs: u32 = 0;
  // What is near the first character: itself and the places behind it.
  let window: u64 = range >= 63 ? ~(<u64>0) : ((<u64>2) << range) - 1;
  for (let j: u32 = 0; j < length; j++) {
    const symbol = symbolAt<T>(cells, j);
    const near = load<u64>(masks + (<usize>symbol << 3)) & free & window;
    free ^= near & (0 - near);
    store<u32>(taken + (<usize>pairs << 2), symbol);
    pairs += <u32>(near != 0);
    window = (window << 1) | <u64>(j < range);
  }
  if (pairs == 0) return 0;
  let moved: u32 = 0;
  let pair: usize = 0;
  for (let left = ~free; left != 0; left &= left - 1) {
    moved += <u32>(load<u32>(columns + (<usize>ctz(left) << 2)) != load<u32>(taken + (pair << 2)));
    pair++;
  }
  return score(pairs, pairs - (moved >> 1), length);
}

@inline
function score(pairs: u32, inOrder: u32, length: u32): f64 {
  return (<f64>pairs / <f64>queryLength + <f64>pairs / <f64>length + <f64>inOrder / <f64>pairs) / 3;
}

function similarity<T>(cells: usize, length: u32): f64 {
  if (queryLength == 0 && length == 0) return 1;
  const half = (queryLength > length ? queryLength : length) >> 1;
  const range = half > 0 ? half - 1 : 0;
  if (queryLength <= 64) return shortSimilarity<T>(cells, length, range);
  memory.copy(next, starts, <usize>(symbolCount + 1) << 2);
  memory.fill(flags, 0, queryLength);
  let pairs: u32 = 0;
  for (let j: u32 = 0; j < length; j++) {
    const symbol = <usize>symbolAt<T>(cells, j);
    if (symbol == 0) continue;
    const at = next + (symbol << 2);
    const last = load<u32>(starts + ((symbol + 1) << 2));
    let place = load<u32>(at);
    while (place < last && load<u32>(places + (<usize>place << 2)) + range < j) place++;
    if (place < last && load<u32>(places + (<usize>place << 2)) <= j + range) {
      store<u8>(flags + load<u32>(places + (<usize>place << 2)), 1);
      store<u32>(taken + (<usize>pairs << 2), <u32>symbol);
      pairs++;
      place++;
    }
    store<u32>(at, place);
  }
  if (pairs == 0) return 0;
  let moved: u32 = 0;
  let pair: usize = 0;
  for (let i: usize = 0; i < queryLength; i++) {
    if (load<u8>(flags + i) == 0) continue;
    if (load<u32>(columns + (i << 2)) != load<u32>(taken + (pair << 2))) moved++;
    pair++;
  }
  return score(pairs, pairs - (moved >> 1), length);
}

function commonPrefix<T>(cells: usize, length: u32): u32 {
  let max = PREFIX_MAX;
  if (length < max) max = length;
  if (queryLength < max) max = queryLength;
  let i: u32 = 0;
  while (i < max && symbolAt<T>(cells, i) == load<u32>(columns + (<usize>i << 2))) i++;
  return i;
}

/** @param prefixWeight of Winkler's boost; 0 for Jaro alone */
export function jaro(from: u32, to: u32, prefixWeight: f64): void {
  for (let text: usize = from; text < to; text++) {
    const cells = cellsOf(text);
    const length = lengthOf(text);
    let result = isNarrow ? similarity<u8>(cells, length) : similarity<u32>(cells, length);
    if (result > BOOST_ABOVE && prefixWeight > 0) {
      const prefix = isNarrow ? commonPrefix<u8>(cells, length) : commonPrefix<u32>(cells, length);
      result = min<f64>(1, result + <f64>prefix * prefixWeight * (1 - result));
    }
    store<f64>(scores + (text << 3), result);
  }
}
