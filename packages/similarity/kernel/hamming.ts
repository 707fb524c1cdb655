// Metrics that compare what stands at the same place: Hamming, with the difference in length counted (as RapidFuzz's `pad`), and the
// longest common prefix and postfix.

import { isNarrow, length as queryLength, queryCells } from "./query";
import { longer, scoreDistance, scores } from "./scores";
import { cellsOf, lengthOf } from "./texts";

@inline
function commonLength(length: u32): u32 {
  return length < queryLength ? length : queryLength;
}

function countEqual<T>(cells: usize, count: u32): u32 {
  let equal: u32 = 0;
  let i: usize = 0;
  if (sizeof<T>() == 1) {
    for (; i + 16 <= count; i += 16) equal += popcnt(<u32>i8x16.bitmask(i8x16.eq(v128.load(cells + i), v128.load(queryCells + i))));
    if (i < count) {
      const same = <u32>i8x16.bitmask(i8x16.eq(v128.load(cells + i), v128.load(queryCells + i)));
      equal += popcnt(same & ((1 << (count - <u32>i)) - 1));
    }
    return equal;
  }
  for (; i < count; i++) if (load<T>(cells + i * sizeof<T>()) == load<T>(queryCells + i * sizeof<T>())) equal++;
  return equal;
}

/** How many of the first places are equal, `count` at most. */
@inline
function prefixLength<T>(at: usize, count: u32): u32 {
  let i: u32 = 0;
  if (sizeof<T>() == 1) {
    for (; ; i += 16) {
      const differ = <u32>i8x16.bitmask(i8x16.ne(v128.load(at + i), v128.load(queryCells + i)));
      if (differ != 0) return min(i + ctz(differ), count);
      if (i + 16 >= count) return count;
    }
  }
  while (i < count && load<T>(at + <usize>i * sizeof<T>()) == load<T>(queryCells + <usize>i * sizeof<T>())) i++;
  return i;
}

/** How many of the last places are equal, `count` at most; `end` and `queryEnd` are behind them. */
@inline
function postfixLength<T>(end: usize, queryEnd: usize, count: u32): u32 {
  let i: u32 = 0;
  if (sizeof<T>() == 1) {
    for (; ; i += 16) {
      const differ = <u32>i8x16.bitmask(i8x16.ne(v128.load(end - i - 16), v128.load(queryEnd - i - 16)));
      if (differ != 0) return min(i + clz(differ << 16), count);
      if (i + 16 >= count) return count;
    }
  }
  while (i < count && load<T>(end - (<usize>i + 1) * sizeof<T>()) == load<T>(queryEnd - (<usize>i + 1) * sizeof<T>())) i++;
  return i;
}

export function hamming(from: u32, to: u32): void {
  for (let text: usize = from; text < to; text++) {
    const length = lengthOf(text);
    const equal = isNarrow ? countEqual<u8>(cellsOf(text), commonLength(length)) : countEqual<u32>(cellsOf(text), commonLength(length));
    scoreDistance(text, longer(length) - equal, longer(length));
  }
}

// Most texts differ in the first place that is looked at, and are spared the rest. An empty one is looked at beside its place, and if that
// is equal by chance its common length still is 0.

function scorePrefixes<T>(from: usize, to: usize): void {
  const first = load<T>(queryCells);
  for (let text = from; text < to; text++) {
    const at = cellsOf(text);
    if (load<T>(at) != first) {
      store<f64>(scores + (text << 3), 0);
      continue;
    }
    const length = lengthOf(text);
    scoreDistance(text, longer(length) - prefixLength<T>(at, commonLength(length)), longer(length));
  }
}

function scorePostfixes<T>(from: usize, to: usize): void {
  const queryEnd = queryCells + <usize>queryLength * sizeof<T>();
  const last = load<T>(queryEnd - sizeof<T>());
  for (let text = from; text < to; text++) {
    const length = lengthOf(text);
    const end = cellsOf(text) + <usize>length * sizeof<T>();
    if (load<T>(end - sizeof<T>()) != last) {
      store<f64>(scores + (text << 3), 0);
      continue;
    }
    scoreDistance(text, longer(length) - postfixLength<T>(end, queryEnd, commonLength(length)), longer(length));
  }
}

export function prefix(from: u32, to: u32): void {
  if (isNarrow) scorePrefixes<u8>(from, to);
  else scorePrefixes<u32>(from, to);
}

export function postfix(from: u32, to: u32): void {
  if (isNarrow) scorePostfixes<u8>(from, to);
  else scorePostfixes<u32>(from, to);
}
