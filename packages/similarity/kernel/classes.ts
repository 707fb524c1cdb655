// Texts by length: those that fit one lane of 8, 16, 32 or 64 bits, and the longer ones by their blocks of 64. What shares a class
// runs in the lanes of the same vectors.

import { isNarrow } from "./query";
import { lengthOf, lengths } from "./texts";

/** Longer ones share the last class. */
const BLOCKS_MAX: u32 = 1024;
/** u32 by number of blocks. */
const STARTS = memory.data(1026 * 4, 16);
/** What a vector writes behind the end of a class, in entries of the order. */
const SPARE: u32 = 4;
/** Entries that the order needs beside one for each text. */
export const ORDER_SPARE: u32 = 5 * SPARE;
/** By the bits of a mask: the shuffle that brings the marked words of a vector to its front. */
const PACK = memory.data(16 * 16, 16);

for (let mask: u32 = 0; mask < 16; mask++) {
  let to = PACK + (<usize>mask << 4);
  for (let lane: u32 = 0; lane < 4; lane++) {
    if ((mask & (1 << lane)) == 0) continue;
    store<u32>(to, 0x03020100 + 0x04040404 * lane);
    to += 4;
  }
}

/** u32: the texts in the order of their classes, with some spare entries behind each. */
export let order: usize = 0;
/** Where the short classes begin and end in the order. */
export let begin8: u32 = 0;
export let end8: u32 = 0;
export let begin16: u32 = 0;
export let end16: u32 = 0;
export let begin32: u32 = 0;
export let end32: u32 = 0;
export let begin64: u32 = 0;
export let end64: u32 = 0;
export let beginLong: u32 = 0;
export let endLong: u32 = 0;

export function setOrder(at: usize): void {
  order = at;
}

@inline
export function blocksOf(length: u32): u32 {
  return (length + 63) >> 6;
}

/** Which of the next four texts are longer. */
@inline
function over(four: v128, length: i32): u32 {
  return <u32>i32x4.bitmask(i32x4.gt_s(four, i32x4.splat(length)));
}

@inline
function put(to: usize, four: v128, which: u32): usize {
  v128.store(to, i8x16.swizzle(four, v128.load(PACK + (<usize>which << 4))));
  return to + (<usize>popcnt(which) << 2);
}

@inline
function inOrder(index: u32): usize {
  return order + (<usize>index << 2);
}

@inline
function indexOf(at: usize): u32 {
  return <u32>((at - order) >> 2);
}

/** Puts the short ones in order, four at a time, each class in the order of its texts. */
function sortShort(from: u32, to: u32): void {
  let over8: u32 = 0;
  let over16: u32 = 0;
  let over32: u32 = 0;
  let over64: u32 = 0;
  for (let i = from; i < to; i += 4) {
    const four = v128.load(lengths + (<usize>i << 2));
    const valid: u32 = to - i >= 4 ? 15 : (1 << (to - i)) - 1;
    over8 += popcnt(over(four, 8) & valid);
    over16 += popcnt(over(four, 16) & valid);
    over32 += popcnt(over(four, 32) & valid);
    over64 += popcnt(over(four, 64) & valid);
  }
  begin16 = to - from - over8 + SPARE;
  begin32 = begin16 + over8 - over16 + SPARE;
  begin64 = begin32 + over16 - over32 + SPARE;
  beginLong = begin64 + over32 - over64 + SPARE;
  let to8 = order;
  let to16 = inOrder(begin16);
  let to32 = inOrder(begin32);
  let to64 = inOrder(begin64);
  for (let i = from; i < to; i += 4) {
    const four = v128.load(lengths + (<usize>i << 2));
    const valid: u32 = to - i >= 4 ? 15 : (1 << (to - i)) - 1;
    const texts = i32x4.add(i32x4.splat(i), i32x4(0, 1, 2, 3));
    const are8 = over(four, 8);
    const are16 = over(four, 16);
    const are32 = over(four, 32);
    const are64 = over(four, 64);
    to8 = put(to8, texts, ~are8 & valid);
    to16 = put(to16, texts, are8 & ~are16 & valid);
    to32 = put(to32, texts, are16 & ~are32 & valid);
    to64 = put(to64, texts, are32 & ~are64 & valid);
  }
  end8 = indexOf(to8);
  end16 = indexOf(to16);
  end32 = indexOf(to32);
  end64 = indexOf(to64);
}

@inline
function startOf(length: u32): usize {
  return STARTS + (<usize>min(blocksOf(length), BLOCKS_MAX) << 2);
}

/** Puts the long ones in order by a counting sort. */
function sortLong(from: u32, to: u32): void {
  memory.fill(STARTS, 0, (BLOCKS_MAX + 1) << 2);
  for (let i: usize = from; i < to; i++) {
    const length = lengthOf(i);
    if (isNarrow && length <= 64) continue;
    const at = startOf(length);
    store<u32>(at, load<u32>(at) + 1);
  }
  let start = beginLong;
  for (let blocks: u32 = 0; blocks <= BLOCKS_MAX; blocks++) {
    const at = STARTS + (<usize>blocks << 2);
    const count = load<u32>(at);
    store<u32>(at, start);
    start += count;
  }
  for (let i: usize = from; i < to; i++) {
    const length = lengthOf(i);
    if (isNarrow && length <= 64) continue;
    const at = startOf(length);
    const place = load<u32>(at);
    store<u32>(at, place + 1);
    store<u32>(inOrder(place), <u32>i);
  }
}

/** Sorts the texts `from` to `to` into {@link order}. Without byte cells, all are long. */
export function sortByClass(from: u32, to: u32): void {
  end8 = begin16 = end16 = begin32 = end32 = begin64 = end64 = beginLong = 0;
  if (isNarrow) sortShort(from, to);
  endLong = beginLong + to - from - (end8 + end16 - begin16 + end32 - begin32 + end64 - begin64);
  if (endLong > beginLong) sortLong(from, to);
}
