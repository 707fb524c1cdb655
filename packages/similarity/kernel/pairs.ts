// The LCS of one pair of symbol strings, where each candidate is compared with another part of the query, so that nothing can be shared
// between lanes: the step of lcs.ts, 64 rows at a time.

import { symbolCount } from "./query";

/** u64 by symbol number: the pattern's places within the strip at hand. */
let masks: usize = 0;
/** u8 by character of the text: the carry of the strip above. */
let carries: usize = 0;

export function pairBytes(lengthMax: u32): usize {
  return (<usize>(symbolCount + 1) << 3) + <usize>lengthMax + 32;
}

export function setPairs(scratch: usize, lengthMax: u32): void {
  masks = scratch;
  carries = masks + (<usize>(symbolCount + 1) << 3);
  memory.fill(masks, 0, <usize>(symbolCount + 1) << 3);
}

@inline
function symbolOf(symbols: usize, index: usize): usize {
  return <usize>load<u32>(symbols + (index << 2));
}

/** The pattern's characters, 64 at most, from here on. A symbol that the query does not have, 0, matches nothing. */
export function setMasks(pattern: usize, count: u32): void {
  for (let i: usize = 0; i < count; i++) {
    const symbol = symbolOf(pattern, i);
    if (symbol == 0) continue;
    const at = masks + (symbol << 3);
    store<u64>(at, load<u64>(at) | (<u64>1 << i));
  }
}

export function clearMasks(pattern: usize, count: u32): void {
  for (let i: usize = 0; i < count; i++) store<u64>(masks + (symbolOf(pattern, i) << 3), 0);
}

/** The LCS with the pattern of {@link setMasks}. */
export function lcsOfMasks(text: usize, length: u32): u32 {
  let state: u64 = ~(<u64>0);
  for (let j: usize = 0; j < length; j++) {
    const both = state & load<u64>(masks + (symbolOf(text, j) << 3));
    state = (state + both) | (state - both);
  }
  // A row of which the pattern has no character never grows.
  return <u32>popcnt<u64>(~state);
}

/** The LCS with the pattern of {@link setMasks} for each beginning of the text, u32 by its length less 1; added to what stands there. */
export function addLcsOfBeginnings(text: usize, length: u32, counts: usize, isFirst: bool, isLast: bool): void {
  let state: u64 = ~(<u64>0);
  for (let j: usize = 0; j < length; j++) {
    const both = state & load<u64>(masks + (symbolOf(text, j) << 3));
    const carry: u64 = isFirst ? 0 : <u64>load<u8>(carries + j);
    const sum = state + both + carry;
    if (!isLast) store<u8>(carries + j, <u8>((both | (state & ~sum)) >> 63));
    state = sum | (state - both);
    const at = counts + (j << 2);
    const grown = <u32>popcnt<u64>(~state);
    store<u32>(at, isFirst ? grown : load<u32>(at) + grown);
  }
}

function lcsOfStrips(pattern: usize, patternLength: u32, text: usize, length: u32): u32 {
  let lcs: u32 = 0;
  memory.fill(carries, 0, length);
  for (let begin: u32 = 0; begin < patternLength; begin += 64) {
    const count = min<u32>(64, patternLength - begin);
    const strip = pattern + (<usize>begin << 2);
    setMasks(strip, count);
    let state: u64 = ~(<u64>0);
    for (let j: usize = 0; j < length; j++) {
      const both = state & load<u64>(masks + (symbolOf(text, j) << 3));
      const sum = state + both + <u64>load<u8>(carries + j);
      store<u8>(carries + j, <u8>((both | (state & ~sum)) >> 63));
      state = sum | (state - both);
    }
    clearMasks(strip, count);
    lcs += <u32>popcnt<u64>(count == 64 ? ~state : ~state & ((<u64>1 << count) - 1));
  }
  return lcs;
}

export function lcsOfPair(a: usize, lengthA: u32, b: usize, lengthB: u32): u32 {
  if (lengthA > lengthB) return lcsOfPair(b, lengthB, a, lengthA);
  if (lengthA == 0) return 0;
  if (lengthA > 64) return lcsOfStrips(a, lengthA, b, lengthB);
  setMasks(a, lengthA);
  const lcs = lcsOfMasks(b, lengthB);
  clearMasks(a, lengthA);
  return lcs;
}

/** The InDel similarity of lengths and LCS. */
@inline
export function indel(lengthA: u32, lengthB: u32, lcs: u32): f64 {
  const both = lengthA + lengthB;
  return both == 0 ? 1 : 1 - <f64>(both - 2 * lcs) / <f64>both;
}
