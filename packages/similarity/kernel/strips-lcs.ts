// The LCS of longer texts, strip by strip: see lcs.ts and strips.ts. The values outside of the band are taken as too low, never as too
// high, so an InDel distance within the limit is exact, and one beyond it stays beyond.

import { isNarrow, length as queryLength } from "./query";
import { scoreLcs } from "./lcs";
import { leaveOutFar } from "./samples";
import { Edits, editsMax, scores } from "./scores";
import {
  addToTop, end, enter, enteredStrips, fillTile, fillWideTile, first, GROUP, keepLanes, layBand, lengthIn, limitOf, matchStrip, moveBand, rowsOf,
  setLimit, sieveColumns, stateOf, tableOf, takeGroup, textOf, TILE, TILE_IF_CUT, TILE_ROWS, topOf,
} from "./strips";

/** By column of the tile what the strip above hands down: the carry of the sum. */
const CARRIES: usize = memory.data(256 * 32, 16);
const CARRY: usize = 32;

/** The carry of the sum, not shifted down yet. */
@inline
function carryOf(state: v128, both: v128, sum: v128): v128 {
  return v128.or(both, v128.andnot(state, sum));
}

function lcsStrip(table: usize, state: usize, count: u32): void {
  let s0 = v128.load(state);
  let s1 = v128.load(state, 16);
  let carry = CARRIES;
  const last = TILE_ROWS + (<usize>count << 1);
  for (let row = TILE_ROWS; row < last; row += 2) {
    const matches = table + <usize>load<u16>(row);
    const both0 = v128.and(s0, v128.load(matches));
    const sum0 = i64x2.add(i64x2.add(s0, v128.load(carry)), both0);
    v128.store(carry, i64x2.shr_u(carryOf(s0, both0, sum0), 63));
    s0 = v128.or(sum0, v128.xor(s0, both0));
    const both1 = v128.and(s1, v128.load(matches, 16));
    const sum1 = i64x2.add(i64x2.add(s1, v128.load(carry, 16)), both1);
    v128.store(carry, i64x2.shr_u(carryOf(s1, both1, sum1), 63), 16);
    s1 = v128.or(sum1, v128.xor(s1, both1));
    carry += CARRY;
  }
  v128.store(state, s0);
  v128.store(state, s1, 16);
}

/** Two strips, one below the other. */
function lcsStrips(table: usize, tableBelow: usize, state: usize, stateBelow: usize, count: u32): void {
  let s0 = v128.load(state);
  let s1 = v128.load(state, 16);
  let below0 = v128.load(stateBelow);
  let below1 = v128.load(stateBelow, 16);
  let carry = CARRIES;
  const last = TILE_ROWS + (<usize>count << 1);
  for (let row = TILE_ROWS; row < last; row += 2) {
    const matches = <usize>load<u16>(row);
    let both = v128.and(s0, v128.load(table + matches));
    let sum = i64x2.add(i64x2.add(s0, v128.load(carry)), both);
    let carried = i64x2.shr_u(carryOf(s0, both, sum), 63);
    s0 = v128.or(sum, v128.xor(s0, both));
    both = v128.and(below0, v128.load(tableBelow + matches));
    sum = i64x2.add(i64x2.add(below0, carried), both);
    v128.store(carry, i64x2.shr_u(carryOf(below0, both, sum), 63));
    below0 = v128.or(sum, v128.xor(below0, both));
    both = v128.and(s1, v128.load(table + matches, 16));
    sum = i64x2.add(i64x2.add(s1, v128.load(carry, 16)), both);
    carried = i64x2.shr_u(carryOf(s1, both, sum), 63);
    s1 = v128.or(sum, v128.xor(s1, both));
    both = v128.and(below1, v128.load(tableBelow + matches, 16));
    sum = i64x2.add(i64x2.add(below1, carried), both);
    v128.store(carry, i64x2.shr_u(carryOf(below1, both, sum), 63), 16);
    below1 = v128.or(sum, v128.xor(below1, both));
    carry += CARRY;
  }
  v128.store(state, s0);
  v128.store(state, s1, 16);
  v128.store(stateBelow, below0);
  v128.store(stateBelow, below1, 16);
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

/**
 * Whether a lane cannot come within its limit, whatever comes in the columns behind this one: in no step of eight rows the LCS at its end, and
 * all that is left from its beginning on, are enough. The steps of a strip are looked at together.
 */
function isBeyond(lane: usize, column: u32): bool {
  const columnsLeft = <i32>(queryLength - column);
  const least = leastLcs(lane) - columnsLeft;
  const length = <i32>lengthIn(lane);
  let top = topOf(lane);
  for (let strip = first; strip < end; strip++) {
    // Of the LCS by step, a byte each, the sums up to each step.
    const grown = ~load<u64>(stateOf(strip) + (lane << 3));
    const sums = i64x2.extract_lane(i8x16.popcnt(i64x2.splat(grown)), 0) * 0x0101010101010101;
    // What is left are the columns, or less where there are fewer rows.
    const fewer = max(-0x4000, min(0x4000, length - <i32>(strip << 6) - columnsLeft));
    const left = i16x8.min_s(i16x8.sub(i16x8.splat(<i16>fewer), i16x8(0, 8, 16, 24, 32, 40, 48, 56)), i16x8.splat(0));
    const most = i16x8.add(i16x8.extend_low_i8x16_u(i64x2.splat(sums)), left);
    if (least - top <= 64 && v128.any_true(i16x8.ge_s(most, i16x8.splat(<i16>max(-0x4000, least - top))))) return false;
    top += <i32>(sums >>> 56);
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
      if (isNarrow && strip + 1 < end) {
        lcsStrips(tableOf(strip), tableOf(strip + 1), stateOf(strip), stateOf(strip + 1), width);
        strip++;
      } else lcsStrip(tableOf(strip), stateOf(strip), width);
    }
    if (!isCut) continue;
    lanes = 0;
    for (let lane: u32 = 0; lane < count; lane++) if (!isBeyond(lane, begin + width)) lanes |= 1 << lane;
    if (lanes == 0) return 0;
  }
  return lanes;
}

/** As scoreGroup in strips-levenshtein.ts. */
function scoreGroup(at: u32, count: u32, edits: Edits, scoreMin: f64, columnsMax: u32): u32 {
  takeGroup(at, count);
  for (let lane: u32 = 0; lane < count; lane++) setLimit(lane, editsMax(edits, lengthIn(lane), scoreMin));
  layBand(count);
  const near = runTiles(count, scoreMin > 0, columnsMax);
  for (let lane: u32 = 0; lane < count; lane++) {
    const text = textOf(lane);
    if ((near & (1 << lane)) == 0) {
      store<f64>(scores + (text << 3), -1);
    } else if (columnsMax == queryLength) {
      const length = lengthIn(lane);
      let lcs = topOf(lane);
      for (let strip = first; strip < end; strip++) lcs += growth(strip, lane, rowsOf(strip, length));
      scoreLcs(text, <u32>lcs, length, edits == Edits.ratio);
    }
  }
  return columnsMax == queryLength ? 0 : near;
}

/** Scores the texts from `begin` in the order, as levenshteinLong does. */
export function lcsLong(begin: u32, last: u32, edits: Edits, scoreMin: f64): void {
  if (scoreMin > 0) last = leaveOutFar(begin, last, edits, scoreMin);
  const firstColumns = sieveColumns(scoreMin);
  let left = begin;
  for (let at = begin; at < last; at += GROUP) {
    const count = min(GROUP, last - at);
    left = keepLanes(left, at, scoreGroup(at, count, edits, scoreMin, firstColumns));
  }
  for (let at = begin; at < left; at += GROUP) scoreGroup(at, min(GROUP, left - at), edits, scoreMin, queryLength);
}
