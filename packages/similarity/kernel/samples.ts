// Sorts out texts that are too far from the query without running a column: the samples of Sutinen and Tarhio, 1996, "Filtration with
// q-samples in approximate string matching". A text is cut into pieces of three characters. An edit spoils one of them at most, so a text
// within so many edits has all the others in the query, on the diagonals of its band.

import { order } from "./classes";
import { isNarrow, length as queryLength, queryCells } from "./query";
import { Edits, editsMax, scores } from "./scores";
import { high, low, setDiagonals } from "./strips";
import { cellsOf, lengthOf } from "./texts";

const PIECE: u32 = 3;
const HASH_BITS: u32 = 12;
/** u64 by hash of a piece: in which of the query's parts it begins, at most 64 of equal lengths. */
const PLACES: usize = memory.data(4096 * 8, 16);
/** After so many pieces it is looked whether the rest matters. */
const ROUND: u32 = 8;

let isFilled: bool = false;
/** A place is in this part, shifted by so many bits. */
let partShift: u32 = 0;

/** To be called for each query. */
export function forgetPlaces(): void {
  isFilled = false;
}

@inline
function hashAt<T>(cells: usize, index: usize): usize {
  let piece: u32;
  if (sizeof<T>() == 1) piece = load<u32>(cells + index) & 0xffffff;
  else {
    const at = cells + (index << 2);
    piece = load<u32>(at) ^ (load<u32>(at, 4) << 8) ^ (load<u32>(at, 8) << 16);
  }
  // Knuth, The Art of Computer Programming 3, 6.4: multiplicative hashing.
  return <usize>((piece * 0x9e3779b1) >> (32 - HASH_BITS));
}

function fillPlaces<T>(): void {
  memory.fill(PLACES, 0, 8 << HASH_BITS);
  partShift = 0;
  while ((queryLength - 1) >> partShift >= 64) partShift++;
  for (let i: usize = 0; i + PIECE <= queryLength; i++) {
    const at = PLACES + (hashAt<T>(queryCells, i) << 3);
    store<u64>(at, load<u64>(at) | ((<u64>1) << (i >> partShift)));
  }
  isFilled = true;
}

function isFar<T>(cells: usize, length: u32, limit: u32, step: u32): bool {
  const pieces: u32 = length < PIECE ? 0 : (length - PIECE) / step + 1;
  if (pieces <= limit) return false;
  let found: u32 = 0;
  for (let piece: u32 = 0; piece < pieces; ) {
    const roundEnd = min(piece + ROUND, pieces);
    const firstPart = <u32>max(0, <i32>(piece * step) - high) >> partShift;
    const lastPart = min(<u32>(<i32>(roundEnd * step) - low), queryLength - 1) >> partShift;
    const parts = firstPart > lastPart ? 0 : (~(<u64>0) << firstPart) & (~(<u64>0) >> (63 - lastPart));
    for (; piece < roundEnd; piece++) {
      if ((load<u64>(PLACES + (hashAt<T>(cells, piece * step) << 3)) & parts) != 0) found++;
    }
    if (piece - found > limit) return true;
    if (found >= pieces - limit) return false;
  }
  return false;
}

function isSurelyBeyond(text: usize, length: u32, limit: u32, edits: Edits): bool {
  if (<u32>abs(<i32>length - <i32>queryLength) > limit) return true;
  // A swap across what is inserted or deleted may spoil any number of them.
  if (edits == Edits.damerau) return false;
  setDiagonals(length, limit);
  // Were there nothing between two pieces, a swap could spoil both.
  const step = edits == Edits.osa ? PIECE + 1 : PIECE;
  return isNarrow ? isFar<u8>(cellsOf(text), length, limit, step) : isFar<u32>(cellsOf(text), length, limit, step);
}

/** Takes out of the order, from `begin` to `last`, what is surely below the least score, and gives it -1; tells where the others end. */
export function leaveOutFar(begin: u32, last: u32, edits: Edits, scoreMin: f64): u32 {
  if (!isFilled && edits != Edits.damerau) {
    if (isNarrow) fillPlaces<u8>();
    else fillPlaces<u32>();
  }
  let left = begin;
  for (let at = begin; at < last; at++) {
    const text = load<u32>(order + (<usize>at << 2));
    const length = lengthOf(text);
    if (isSurelyBeyond(text, length, editsMax(edits, length, scoreMin), edits)) {
      store<f64>(scores + (<usize>text << 3), -1);
    } else {
      store<u32>(order + (<usize>left << 2), text);
      left++;
    }
  }
  return left;
}
