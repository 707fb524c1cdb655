// The LCS of longer texts, strip by strip: see lcs.ts and strips.ts. The values outside of the band are taken as too low, never as too
// high, so an InDel distance within the limit is exact, and one beyond it stays beyond.

import { isNarrow, length as queryLength } from "./query";
import { scoreLcs } from "./lcs";
import { longer, scores } from "./scores";
import {
  addToTop, end, enter, enteredStrips, fillTile, fillWideTile, first, GROUP, layBand, lengthIn, limitOf, matchGroup, moveBand, rowsOf,
  setLimit, stateOf, tableOf, takeGroup, textOf, TILE, TILE_ROWS, topOf,
} from "./strips";

/** By column of the tile what the strip above hands down: the carry of the sum. */
const CARRIES: usize = memory.data(256 * 32, 16);
const CARRY: usize = 32;

function lcsStrip(table: usize, state: usize, count: u32): void {
  let s0 = v128.load(state);
  let s1 = v128.load(state, 16);
  let carry = CARRIES;
  const last = TILE_ROWS + (<usize>count << 1);
  for (let row = TILE_ROWS; row < last; row += 2) {
    const matches = table + <usize>load<u16>(row);
    const u0 = v128.and(s0, v128.load(matches));
    const sum0 = i64x2.add(i64x2.add(s0, u0), v128.load(carry));
    v128.store(carry, i64x2.shr_u(v128.or(u0, v128.andnot(s0, sum0)), 63));
    s0 = v128.or(sum0, v128.xor(s0, u0));
    const u1 = v128.and(s1, v128.load(matches, 16));
    const sum1 = i64x2.add(i64x2.add(s1, u1), v128.load(carry, 16));
    v128.store(carry, i64x2.shr_u(v128.or(u1, v128.andnot(s1, sum1)), 63), 16);
    s1 = v128.or(sum1, v128.xor(s1, u1));
    carry += CARRY;
  }
  v128.store(state, s0);
  v128.store(state, s1, 16);
}

/** By how much the LCS grows from the top of a strip to the end of a lane's rows in it. */
@inline
function growth(strip: u32, lane: usize, rows: u64): i32 {
  return <i32>popcnt<u64>(~load<u64>(stateOf(strip) + (lane << 3)) & rows);
}

/** The least LCS that keeps the InDel distance within the limit. */
@inline
function leastLcs(lane: usize): i32 {
  return (<i32>(lengthIn(lane) + queryLength) - <i32>limitOf(lane) + 1) >> 1;
}

/** Whether no lane can come within its limit, whatever comes in the columns behind this one. */
function areAllBeyond(count: u32, column: u32): bool {
  const columnsLeft = <i32>(queryLength - column);
  for (let lane: usize = 0; lane < count; lane++) {
    let top = topOf(lane);
    for (let strip = first; strip < end; strip++) {
      const rowsLeft = <i32>lengthIn(lane) - <i32>(strip << 6);
      const bottom = top + growth(strip, lane, rowsOf(strip, lengthIn(lane)));
      if (min(top + rowsLeft, bottom + min(columnsLeft, rowsLeft)) >= leastLcs(lane)) return false;
      top = bottom;
    }
  }
  return true;
}

function enterStrips(): void {
  for (let strip = enteredStrips(); strip < end; strip++) {
    v128.store(stateOf(strip), i64x2.splat(-1));
    v128.store(stateOf(strip), i64x2.splat(-1), 16);
  }
  enter();
}

/** @returns whether it went through all columns */
function runTiles(count: u32, isCut: bool): bool {
  let above: u32 = 0;
  for (let begin: u32 = 0; begin < queryLength; begin += TILE) {
    const width = min(TILE, queryLength - begin);
    moveBand(begin, width);
    for (; above < first; above++) for (let lane: usize = 0; lane < count; lane++) addToTop(lane, growth(above, lane, ~(<u64>0)));
    enterStrips();
    memory.fill(CARRIES, 0, <usize>width * CARRY);
    if (isNarrow) fillTile(begin, width);
    for (let strip = first; strip < end; strip++) {
      if (!isNarrow) fillWideTile(strip, begin, width);
      lcsStrip(tableOf(strip), stateOf(strip), width);
    }
    if (isCut && areAllBeyond(count, begin + width)) return false;
  }
  return true;
}

/** Scores the texts from `at` in the order; those below the least score of interest get less than that, and maybe -1. */
export function lcsLong(at: u32, last: u32, isRatio: bool, scoreMin: f64): void {
  for (; at < last; at += GROUP) {
    const count = min(GROUP, last - at);
    takeGroup(at, count);
    let isWanted = false;
    for (let lane: usize = 0; lane < count; lane++) {
      const length = lengthIn(lane);
      const both = length + queryLength;
      // As InDel distances: what is missing of the longer text is missing once, and then the shorter one has the rest.
      const missing = isRatio ? (1 - scoreMin) * <f64>both : <f64>(both) - 2 * scoreMin * <f64>longer(length);
      const limit: u32 = missing < 0 ? 0 : min(both, <u32>missing + 2);
      setLimit(lane, limit);
      if (<u32>abs(<i32>length - <i32>queryLength) <= limit) isWanted = true;
    }
    let isWhole = false;
    if (isWanted) {
      matchGroup(count);
      layBand(count);
      isWhole = runTiles(count, scoreMin > 0);
    }
    for (let lane: usize = 0; lane < count; lane++) {
      const text = textOf(lane);
      const length = lengthIn(lane);
      if (!isWhole || <u32>abs(<i32>length - <i32>queryLength) > limitOf(lane)) {
        store<f64>(scores + (text << 3), -1);
        continue;
      }
      let lcs = topOf(lane);
      for (let strip = first; strip < end; strip++) lcs += growth(strip, lane, rowsOf(strip, length));
      scoreLcs(text, <u32>lcs, length, isRatio);
    }
  }
}
