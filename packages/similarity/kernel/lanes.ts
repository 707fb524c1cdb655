// Short texts, of 8, 16, 32 or 64 characters at most: one lane each, of as many bits as T has, four vectors at a time.
//
// The candidate is the pattern, a row of the matrix a bit; the query is the text, a column at a time, the same for all lanes. For each
// of the query's symbols a match table holds, in each lane, where that candidate has the symbol. What stands behind a short
// candidate is matched as well: bits above its length change no bit below them, and are cut off in the end.

import { SPLAT_OF, symbolCount } from "./query";
import { order } from "./classes";
import { cellsOf, lengthOf } from "./texts";

const VECTORS: u32 = 4;
/** Bytes of a row of the match table. */
export const ROW: usize = 64;
/** By symbol number, from 1. */
export const MATCHES: usize = memory.data(256 * 64, 16);

/** By lane, T: the bits that belong to its text. */
const MASKS: usize = memory.data(64, 16);
/** By lane, T: how many bits were counted. */
export const COUNTS: usize = memory.data(64, 16);
const POINTERS: usize = memory.data(64 * 4, 16);
const PACKED: usize = memory.data(64 * 8, 16);

/** How many texts a pass takes. */
@inline
export function lanesOf<T>(): u32 {
  return (16 / sizeof<T>()) * VECTORS;
}

/** The bits of a lane that belong to a text. */
@inline
function maskOf(length: u32): u64 {
  return length >= 64 ? ~(<u64>0) : ((<u64>1) << length) - 1;
}

@inline
function where(bytes: v128, symbol: v128): u32 {
  return <u32>i8x16.bitmask(i8x16.eq(bytes, symbol));
}

/**
 * Fills the match table for the next texts in {@link order}; spare lanes take the last of them once more.
 *
 * @param at index into the order
 */
@inline
export function match<T>(at: u32, count: u32): void {
  const lanes = lanesOf<T>();
  for (let lane: u32 = 0; lane < lanes; lane++) {
    const text = <usize>load<u32>(order + (<usize>(at + (lane < count ? lane : count - 1)) << 2));
    store<T>(MASKS + <usize>lane * sizeof<T>(), <T>maskOf(lengthOf(text)));
    if (sizeof<T>() == 1) store<u64>(PACKED + (<usize>lane << 3), load<u64>(cellsOf(text)));
    else store<u32>(POINTERS + (<usize>lane << 2), <u32>cellsOf(text));
  }
  // Four vectors are 64 bits of a row, whatever the lanes.
  for (let part: usize = 0; part < ROW / 8; part++) {
    let at0 = PACKED + (part << 6);
    if (sizeof<T>() > 1) at0 = <usize>load<u32>(POINTERS + (part << 2) * (8 / sizeof<T>()));
    let at1 = at0 + 16;
    let at2 = at0 + 32;
    let at3 = at0 + 48;
    if (sizeof<T>() == 2) {
      at1 = <usize>load<u32>(POINTERS + (part << 4), 4);
      at2 = <usize>load<u32>(POINTERS + (part << 4), 8);
      at3 = <usize>load<u32>(POINTERS + (part << 4), 12);
    } else if (sizeof<T>() == 4) {
      at2 = <usize>load<u32>(POINTERS + (part << 3), 4);
      at3 = at2 + 16;
    }
    const bytes0 = v128.load(at0);
    const bytes1 = v128.load(at1);
    const bytes2 = v128.load(at2);
    const bytes3 = v128.load(at3);
    let row = MATCHES + part * 8;
    const last = SPLAT_OF + (<usize>symbolCount << 4);
    for (let symbol = SPLAT_OF; symbol < last; ) {
      symbol += 16;
      row += ROW;
      const wanted = v128.load(symbol);
      const low = where(bytes0, wanted) | (where(bytes1, wanted) << 16);
      const high = where(bytes2, wanted) | (where(bytes3, wanted) << 16);
      store<u64>(row, <u64>low | (<u64>high << 32));
    }
  }
}

/** The bits of every lane that are set and belong to its text. */
@inline
export function countBits<T>(vector: v128, offset: usize): v128 {
  const bytes = i8x16.popcnt(v128.and(vector, v128.load(MASKS + offset)));
  if (sizeof<T>() == 1) return bytes;
  const pairs = i16x8.extadd_pairwise_i8x16_u(bytes);
  if (sizeof<T>() == 2) return pairs;
  const words = i32x4.extadd_pairwise_i16x8_u(pairs);
  if (sizeof<T>() == 4) return words;
  // Two halves of 32 bits.
  return i64x2.add(i64x2.shr_u(words, 32), v128.and(words, i64x2.splat(0xffffffff)));
}

@inline
export function countOf<T>(lane: usize): u32 {
  return <u32>load<T>(COUNTS + lane * sizeof<T>());
}
