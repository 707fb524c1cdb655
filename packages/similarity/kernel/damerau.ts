// The unrestricted Damerau–Levenshtein distance, in linear space: Zhao and Sahni, 2019, "String correction using the
// Damerau-Levenshtein distance". Eight candidates at a time, one to each 16 bits of a vector; what does not fit these, one by one.

import {
  begin16, begin32, begin64, begin8, beginLong, end16, end32, end64, end8, endLong, order, sortByClass,
} from "./classes";
import { columns, isNarrow, length as queryLength, SYMBOL_OF_BYTE, symbolCount } from "./query";
import { leaveOutFar } from "./samples";
import { Edits, longer, scoreDistance } from "./scores";
import { cellsOf, lengthOf } from "./texts";

/** u32 by symbol number: the last row, from 1, that has it; 0 for none. */
let lastRows: usize = 0;
/** u32 by column, from one before the first: this row, the one above, and what stood two to the left of a match above it. */
let current: usize = 0;
let above: usize = 0;
let beforeMatch: usize = 0;
/** u32 by column: the candidate's symbols. */
let symbols: usize = 0;

/** Texts that a pass takes. */
const LANES: u32 = 8;
/** Characters that lanes of 16 bits take: no distance, and none of these above "far", is more than they hold. */
const LANE_LENGTH_MAX: u32 = 0x3000;
const LANE_FAR: i16 = 0x7000;
/** By column, five vectors: the row at hand and the one above in turn, what stood two to the left of a match above it, the last row that matched, and the symbols. */
const COLUMN: usize = 80;
const SAVED: usize = 32;
const MATCHED: usize = 48;
const SYMBOLS: usize = 64;

/** Where the columns begin; 0 when the texts at hand do not fit lanes. */
let lanes: usize = 0;

@inline
function fitsLanes(lengthMax: u32): bool {
  return lengthMax <= LANE_LENGTH_MAX && queryLength <= LANE_LENGTH_MAX;
}

export function damerauBytes(lengthMax: u32): usize {
  if (fitsLanes(lengthMax)) return (<usize>lengthMax + 2) * COLUMN + 16;
  return (<usize>(symbolCount + 1) << 2) + (<usize>lengthMax + 2) * 16;
}

export function setDamerau(scratch: usize, lengthMax: u32): void {
  lanes = 0;
  if (fitsLanes(lengthMax)) {
    lanes = (scratch + 15) & ~(<usize>15);
    return;
  }
  const bytes = (<usize>lengthMax + 2) << 2;
  lastRows = scratch;
  current = lastRows + (<usize>(symbolCount + 1) << 2);
  above = current + bytes;
  beforeMatch = above + bytes;
  symbols = beforeMatch + bytes;
}


function readSymbols(text: usize, length: u32): void {
  const cells = cellsOf(text);
  for (let i: usize = 0; i < length; i++) {
    const symbol = isNarrow ? <u32>load<u8>(SYMBOL_OF_BYTE + <usize>load<u8>(cells + i)) : load<u32>(cells + (i << 2));
    store<u32>(symbols + (i << 2), symbol);
  }
}

function distance(length: u32): u32 {
  const far = (queryLength > length ? queryLength : length) + 1;
  memory.fill(lastRows, 0, <usize>(symbolCount + 1) << 2);
  let row = current + 4;
  let up = above + 4;
  const saved = beforeMatch + 4;
  for (let j: usize = 0; j < <usize>length + 2; j++) {
    store<u32>(current + (j << 2), j == 0 ? far : <u32>j - 1);
    store<u32>(above + (j << 2), far);
    store<u32>(beforeMatch + (j << 2), far);
  }
  for (let i: u32 = 1; i <= queryLength; i++) {
    const swapped = row;
    row = up;
    up = swapped;
    const symbol = load<u32>(columns + (<usize>(i - 1) << 2));
    let lastMatch: i32 = -1;
    let twoUp = load<u32>(row);
    let turned = far;
    store<u32>(row, i);
    let left = i;
    let diagonal = load<u32>(up);
    for (let j: usize = 1; j <= length; j++) {
      const other = load<u32>(symbols + ((j - 1) << 2));
      const overhead = load<u32>(up + (j << 2));
      let best = min(left, overhead) + 1;
      if (other == symbol) {
        best = min(best, diagonal);
        lastMatch = <i32>j;
        store<u32>(saved + (j << 2), load<u32>(up + ((j - 2) << 2)));
        turned = twoUp;
      } else {
        best = min(best, diagonal + 1);
        const lastRow = load<u32>(lastRows + (<usize>other << 2));
        if (<i32>j - lastMatch == 1) best = min(best, load<u32>(saved + (j << 2)) + i - lastRow);
        else if (i - lastRow == 1) best = min(best, turned + <u32>(<i32>j - lastMatch));
      }
      twoUp = load<u32>(row + (j << 2));
      store<u32>(row + (j << 2), best);
      left = best;
      diagonal = overhead;
    }
    store<u32>(lastRows + (<usize>symbol << 2), i);
  }
  return load<u32>(row + (<usize>length << 2));
}

@inline
function columnAt(column: i32): usize {
  // One column stands before the first.
  return lanes + <usize>(column + 1) * COLUMN;
}

/** Writes each lane's symbols into the columns, none behind its end; tells the longest one's length. */
function readLanes(at: u32, count: u32): u32 {
  let longest: u32 = 0;
  for (let lane: u32 = 0; lane < count; lane++) longest = max(longest, lengthOf(load<u32>(order + (<usize>(at + lane) << 2))));
  for (let column: u32 = 1; column <= longest; column++) v128.store(columnAt(column) + SYMBOLS, i64x2.splat(0));
  for (let lane: u32 = 0; lane < count; lane++) {
    const text = <usize>load<u32>(order + (<usize>(at + lane) << 2));
    const cells = cellsOf(text);
    for (let i: u32 = 0; i < lengthOf(text); i++) {
      const symbol = isNarrow ? <u32>load<u8>(SYMBOL_OF_BYTE + <usize>load<u8>(cells + i)) : load<u32>(cells + (<usize>i << 2));
      store<u16>(columnAt(i + 1) + SYMBOLS + (<usize>lane << 1), <u16>symbol);
    }
  }
  return longest;
}

/** Runs the rows of the query; tells at which of a column's first two vectors the last row stands. */
function runLanes(length: u32): usize {
  const far = i16x8.splat(LANE_FAR);
  const one = i16x8.splat(1);
  for (let column: i32 = -1; column <= <i32>length; column++) {
    const at = columnAt(column);
    v128.store(at, column < 0 ? far : i16x8.splat(<i16>column));
    v128.store(at, far, 16);
    v128.store(at, far, SAVED);
    v128.store(at, i16x8.splat(0), MATCHED);
  }
  let row: usize = 0;
  for (let i: u32 = 1; i <= queryLength; i++) {
    const above = row;
    row = 16 - row;
    const wanted = i16x8.splat(<i16>load<u32>(columns + (<usize>(i - 1) << 2)));
    const rowNumber = i16x8.splat(<i16>i);
    let lastMatch = i16x8.splat(-1);
    let turned = far;
    let before = v128.load(columnAt(0) + row);
    v128.store(columnAt(0) + row, rowNumber);
    let left = rowNumber;
    let twoLeft = v128.load(columnAt(-1) + above);
    let diagonal = v128.load(columnAt(0) + above);
    for (let j: u32 = 1; j <= length; j++) {
      const at = columnAt(j);
      const column = i16x8.splat(<i16>j);
      const equal = i16x8.eq(v128.load(at, SYMBOLS), wanted);
      const overhead = v128.load(at + above);
      const saved = v128.load(at, SAVED);
      const matched = v128.load(at, MATCHED);
      // Equal lanes are all ones, which is -1.
      let best = i16x8.min_u(i16x8.add(i16x8.min_u(left, overhead), one), i16x8.add(i16x8.add(diagonal, one), equal));
      const columnsBetween = i16x8.sub(column, lastMatch);
      const rowsBetween = i16x8.sub(rowNumber, matched);
      const acrossRows = v128.bitselect(i16x8.add(turned, columnsBetween), far, i16x8.eq(rowsBetween, one));
      const swapped = v128.bitselect(i16x8.add(saved, rowsBetween), acrossRows, i16x8.eq(columnsBetween, one));
      best = i16x8.min_u(best, v128.or(swapped, equal));
      v128.store(at, v128.bitselect(twoLeft, saved, equal), SAVED);
      v128.store(at, v128.bitselect(rowNumber, matched, equal), MATCHED);
      lastMatch = v128.bitselect(column, lastMatch, equal);
      turned = v128.bitselect(before, turned, equal);
      before = v128.load(at + row);
      v128.store(at + row, best);
      left = best;
      twoLeft = diagonal;
      diagonal = overhead;
    }
  }
  return row;
}

function damerauInLanes(begin: u32, last: u32, scoreMin: f64): void {
  const end = scoreMin > 0 ? leaveOutFar(begin, last, Edits.damerau, scoreMin) : last;
  for (let at = begin; at < end; at += LANES) {
    const count = min(LANES, end - at);
    const row = runLanes(readLanes(at, count));
    for (let lane: u32 = 0; lane < count; lane++) {
      const text = <usize>load<u32>(order + (<usize>(at + lane) << 2));
      const length = lengthOf(text);
      const distance = <u32>load<u16>(columnAt(length) + row + (<usize>lane << 1));
      scoreDistance(text, distance, longer(length));
    }
  }
}

/** @param scoreMin as for all metrics: see index.ts */
export function damerau(from: u32, to: u32, scoreMin: f64): void {
  if (lanes != 0) {
    sortByClass(from, to);
    damerauInLanes(begin8, end8, scoreMin);
    damerauInLanes(begin16, end16, scoreMin);
    damerauInLanes(begin32, end32, scoreMin);
    damerauInLanes(begin64, end64, scoreMin);
    damerauInLanes(beginLong, endLong, scoreMin);
    return;
  }
  for (let text: usize = from; text < to; text++) {
    const length = lengthOf(text);
    readSymbols(text, length);
    scoreDistance(text, distance(length), longer(length));
  }
}
