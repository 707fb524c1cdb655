// The LCS of longer texts, strip by strip: see lcs.ts and strips.ts. The values outside of the band are taken as too low, never as too
// high, so an InDel distance within the limit is exact, and one beyond it stays beyond.

import { isNarrow, length as queryLength } from "./query";
import { scoreLcs } from "./lcs";
import { longer, scores } from "./scores";
import {
  addToTop, end, enter, enteredStrips, fillTile, fillWideTile, first, GROUP, keepLanes, layBand, lengthIn, limitOf, matchStrip, moveBand, rowsOf,
  setLimit, sieveColumns, stateOf, STEP, tableOf, takeGroup, textOf, TILE, TILE_IF_CUT, TILE_ROWS, topOf,
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

/** Whether a lane cannot come within its limit, whatever comes in the columns behind this one. */
function isBeyond(lane: usize, column: u32): bool {
  const columnsLeft = <i32>(queryLength - column);
  const least = leastLcs(lane);
  let top = topOf(lane);
  for (let strip = first; strip < end; strip++) {
    const state = stateOf(strip) + (lane << 3);
    for (let step: usize = 0; step < 8; step++) {
      const rowsLeft = max(0, <i32>lengthIn(lane) - <i32>((strip << 6) + <u32>step * STEP));
      const bottom = top + <i32>popcnt<u32>(<u32>load<u8>(state + step) ^ 0xff);
      if (min(top + rowsLeft, bottom + min(columnsLeft, rowsLeft)) >= least) return false;
      top = bottom;
    }
  }
  return true;
}

function enterStrips(count: u32): void {
  for (let strip = enteredStrips(); strip < end; strip++) {
    matchStrip(strip, count);
    v128.store(stateOf(strip), i64x2.splat(-1));
    v128.store(stateOf(strip), i64x2.splat(-1), 16);
  }
  enter();
}

/**
 * Runs the group's columns.
 *
 * @param columnsMax where to stop at the latest
 * @returns the lanes that may be within their limits, a bit each
 */
function runTiles(count: u32, isCut: bool, columnsMax: u32): u32 {
  const tile = isCut ? TILE_IF_CUT : TILE;
  let lanes: u32 = (1 << count) - 1;
  let above: u32 = 0;
  for (let begin: u32 = 0; begin < columnsMax; begin += tile) {
    const width = min(tile, columnsMax - begin);
    moveBand(begin, width);
    for (; above < first; above++) for (let lane: usize = 0; lane < count; lane++) addToTop(lane, growth(above, lane, ~(<u64>0)));
    enterStrips(count);
    memory.fill(CARRIES, 0, <usize>width * CARRY);
    if (isNarrow) fillTile(begin, width);
    for (let strip = first; strip < end; strip++) {
      if (!isNarrow) fillWideTile(strip, begin, width);
      lcsStrip(tableOf(strip), stateOf(strip), width);
    }
    if (!isCut) continue;
    lanes = 0;
    for (let lane: u32 = 0; lane < count; lane++) if (!isBeyond(lane, begin + width)) lanes |= 1 << lane;
    if (lanes == 0) return 0;
  }
  return lanes;
}

/** As scoreGroup in strips-levenshtein.ts. */
function scoreGroup(at: u32, count: u32, isRatio: bool, scoreMin: f64, columnsMax: u32): u32 {
  takeGroup(at, count);
  let near: u32 = 0;
  for (let lane: u32 = 0; lane < count; lane++) {
    const length = lengthIn(lane);
    const both = length + queryLength;
    // As InDel distances: what is missing of the longer text is missing once, and then the shorter one has the rest.
    const missing = isRatio ? (1 - scoreMin) * <f64>both : <f64>both - 2 * scoreMin * <f64>longer(length);
    const limit: u32 = missing < 0 ? 0 : min(both, <u32>missing + 2);
    setLimit(lane, limit);
    if (<u32>abs(<i32>length - <i32>queryLength) <= limit) near |= 1 << lane;
  }
  if (near != 0) {
    layBand(count);
    near &= runTiles(count, scoreMin > 0, columnsMax);
  }
  for (let lane: u32 = 0; lane < count; lane++) {
    const text = textOf(lane);
    if ((near & (1 << lane)) == 0) {
      store<f64>(scores + (text << 3), -1);
    } else if (columnsMax == queryLength) {
      const length = lengthIn(lane);
      let lcs = topOf(lane);
      for (let strip = first; strip < end; strip++) lcs += growth(strip, lane, rowsOf(strip, length));
      scoreLcs(text, <u32>lcs, length, isRatio);
    }
  }
  return columnsMax == queryLength ? 0 : near;
}

/** Scores the texts from `begin` in the order, as levenshteinLong does. */
export function lcsLong(begin: u32, last: u32, isRatio: bool, scoreMin: f64): void {
  const firstColumns = sieveColumns(scoreMin);
  let left = begin;
  for (let at = begin; at < last; at += GROUP) {
    const count = min(GROUP, last - at);
    left = keepLanes(left, at, scoreGroup(at, count, isRatio, scoreMin, firstColumns));
  }
  for (let at = begin; at < left; at += GROUP) scoreGroup(at, min(GROUP, left - at), isRatio, scoreMin, queryLength);
}
