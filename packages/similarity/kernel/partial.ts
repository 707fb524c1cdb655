// RapidFuzz's partial_ratio: the best InDel similarity between the shorter text and any part of the longer one that is as long, or
// shorter and at an end. The LCS of a window changes by 1 at most when it moves by one character, so windows that cannot pass the
// best one are stepped over; the parts at an end are the columns of one matrix.

import { addLcsOfBeginnings, clearMasks, indel, lcsOfMasks, lcsOfPair, setMasks } from "./pairs";

let counts: usize = 0;
let turnedNeedle: usize = 0;
let turnedEnd: usize = 0;

export function partialBytes(lengthMax: u32): usize {
  return <usize>lengthMax * 12 + 16;
}

export function setPartial(scratch: usize, lengthMax: u32): void {
  counts = scratch;
  turnedNeedle = counts + (<usize>lengthMax << 2);
  turnedEnd = turnedNeedle + (<usize>lengthMax << 2);
}

function turn(symbols: usize, length: u32, to: usize): void {
  for (let i: usize = 0; i < length; i++) store<u32>(to + (i << 2), load<u32>(symbols + ((<usize>length - 1 - i) << 2)));
}

/** The best of the beginnings that are shorter than the needle. */
function bestBeginning(needle: usize, length: u32, text: usize): f64 {
  const columns = length - 1;
  for (let begin: u32 = 0; begin < length; begin += 64) {
    const count = min<u32>(64, length - begin);
    const strip = needle + (<usize>begin << 2);
    setMasks(strip, count);
    addLcsOfBeginnings(text, columns, counts, begin == 0, begin + 64 >= length);
    clearMasks(strip, count);
  }
  let best: f64 = 0;
  for (let part: u32 = 1; part <= columns; part++) {
    best = max(best, indel(length, part, load<u32>(counts + (<usize>(part - 1) << 2))));
  }
  return best;
}

function bestWindow(needle: usize, length: u32, text: usize, textLength: u32): u32 {
  const isShort = length <= 64;
  if (isShort) setMasks(needle, length);
  let best: u32 = 0;
  for (let at: u32 = 0; at + length <= textLength && best < length; ) {
    const window = text + (<usize>at << 2);
    const lcs = isShort ? lcsOfMasks(window, length) : lcsOfPair(needle, length, window, length);
    if (lcs > best) best = lcs;
    at += best + 1 - lcs;
  }
  if (isShort) clearMasks(needle, length);
  return best;
}

/** The needle is not empty, and not longer than the text. */
function bestPart(needle: usize, length: u32, text: usize, textLength: u32): f64 {
  const window = bestWindow(needle, length, text, textLength);
  if (window == length) return 1;
  let best = indel(length, length, window);
  best = max(best, bestBeginning(needle, length, text));
  turn(needle, length, turnedNeedle);
  turn(text + (<usize>(textLength - length) << 2), length, turnedEnd);
  return max(best, bestBeginning(turnedNeedle, length, turnedEnd));
}

export function partialRatio(a: usize, lengthA: u32, b: usize, lengthB: u32): f64 {
  if (lengthA == 0 || lengthB == 0) return lengthA == lengthB ? 1 : 0;
  if (lengthA > lengthB) return bestPart(b, lengthB, a, lengthA);
  const best = bestPart(a, lengthA, b, lengthB);
  return lengthA < lengthB || best == 1 ? best : max(best, bestPart(b, lengthB, a, lengthA));
}
