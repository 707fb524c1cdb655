// Metrics that compare what stands at the same place: Hamming, with the difference in length counted (as RapidFuzz's `pad`), and the
// longest common prefix and postfix.

import { BYTE_OF, columns, isNarrow, length as queryLength } from "./query";
import { longer, scoreDistance } from "./scores";
import { cellsOf, lengthOf } from "./texts";

/** u8 or u32 by character of the query: its cell. */
let queryCells: usize = 0;

/** @param room for a u32 a character, and 16 bytes */
export function setQueryCells(room: usize): void {
  queryCells = isNarrow ? room : columns;
  if (!isNarrow) return;
  for (let i: usize = 0; i < queryLength; i++) {
    store<u8>(room + i, load<u8>(BYTE_OF + <usize>load<u32>(columns + (i << 2))));
  }
}

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

function prefixLength<T>(cells: usize, count: u32): u32 {
  let i: usize = 0;
  while (i < count && load<T>(cells + i * sizeof<T>()) == load<T>(queryCells + i * sizeof<T>())) i++;
  return <u32>i;
}

function postfixLength<T>(cells: usize, length: u32, count: u32): u32 {
  let i: usize = 0;
  while (
    i < count &&
    load<T>(cells + (<usize>length - 1 - i) * sizeof<T>()) == load<T>(queryCells + (<usize>queryLength - 1 - i) * sizeof<T>())
  ) i++;
  return <u32>i;
}

export function hamming(from: u32, to: u32): void {
  for (let text: usize = from; text < to; text++) {
    const length = lengthOf(text);
    const equal = isNarrow ? countEqual<u8>(cellsOf(text), commonLength(length)) : countEqual<u32>(cellsOf(text), commonLength(length));
    scoreDistance(text, longer(length) - equal, longer(length));
  }
}

export function prefix(from: u32, to: u32): void {
  for (let text: usize = from; text < to; text++) {
    const length = lengthOf(text);
    const common = isNarrow ? prefixLength<u8>(cellsOf(text), commonLength(length)) : prefixLength<u32>(cellsOf(text), commonLength(length));
    scoreDistance(text, longer(length) - common, longer(length));
  }
}

export function postfix(from: u32, to: u32): void {
  for (let text: usize = from; text < to; text++) {
    const length = lengthOf(text);
    const count = commonLength(length);
    const common = isNarrow ? postfixLength<u8>(cellsOf(text), length, count) : postfixLength<u32>(cellsOf(text), length, count);
    scoreDistance(text, longer(length) - common, longer(length));
  }
}
