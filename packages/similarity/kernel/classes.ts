// Texts by length: those that fit one lane of 8, 16, 32 or 64 bits, and the longer ones by their blocks of 64. What shares a class
// runs in the lanes of the same vectors. A counting sort.

import { isNarrow } from "./query";
import { lengthOf } from "./texts";

/** Longer ones share the last class. */
const BLOCKS_MAX: u32 = 1024;
const SHORT_CLASSES: u32 = 4;
const CLASSES: u32 = SHORT_CLASSES + BLOCKS_MAX + 1;
/**
 * A class is counted in four places in turn: one counter, increased for text after text, would have each wait for the one before.
 */
const WAYS: u32 = 4;
/** u32 by class and way. */
const STARTS = memory.data(1040 * 16, 16);

/** u32: the texts in the order of their classes. */
export let order: usize = 0;

export function setOrder(at: usize): void {
  order = at;
}

@inline
export function blocksOf(length: u32): u32 {
  return (length + 63) >> 6;
}

@inline
function classOf(length: u32): u32 {
  if (isNarrow) {
    if (length <= 8) return 0;
    if (length <= 16) return 1;
    if (length <= 32) return 2;
    if (length <= 64) return 3;
  }
  const blocks = blocksOf(length);
  return SHORT_CLASSES + (blocks < BLOCKS_MAX ? blocks : BLOCKS_MAX);
}

@inline
function placeOf(text: usize): usize {
  return STARTS + (<usize>((classOf(lengthOf(text)) << 2) | (<u32>text & (WAYS - 1))) << 2);
}

/** Sorts the texts `from` to `to` into {@link order}. */
export function sortByClass(from: u32, to: u32): void {
  memory.fill(STARTS, 0, (CLASSES * WAYS) << 2);
  for (let i: usize = from; i < to; i++) {
    const at = placeOf(i);
    store<u32>(at, load<u32>(at) + 1);
  }
  let start: u32 = 0;
  for (let at = STARTS; at < STARTS + ((CLASSES * WAYS) << 2); at += 4) {
    const count = load<u32>(at);
    store<u32>(at, start);
    start += count;
  }
  for (let i: usize = from; i < to; i++) {
    const at = placeOf(i);
    const place = load<u32>(at);
    store<u32>(at, place + 1);
    store<u32>(order + (<usize>place << 2), <u32>i);
  }
}

/** Where a class ends in {@link order}; the next one begins there. 0 to 3 are the short ones, and the long ones are all behind. */
@inline
export function classEnd(index: u32): u32 {
  return load<u32>(STARTS + (<usize>(index * WAYS + WAYS - 1) << 2));
}
