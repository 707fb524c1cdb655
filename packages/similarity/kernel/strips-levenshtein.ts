// Levenshtein and OSA distances of longer texts, strip by strip: see levenshtein.ts, osa.ts and strips.ts. The values outside of the
// band are taken as too high, never as too low, so a distance within the limit is exact, and one beyond it stays beyond.

import { diagonal, double } from "./levenshtein";
import { isNarrow, length as queryLength } from "./query";
import { longer, scoreDistance, scores } from "./scores";
import {
  addToTop, detour, end, enter, enteredStrips, fillTile, fillWideTile, first, GROUP, keepLanes, layBand, lengthIn, limitOf, matchStrip,
  moveBand, rowsOf, setLimit, sieveColumns, stateOf, STEP, tableOf, takeGroup, textOf, TILE, TILE_IF_CUT, TILE_ROWS, topOf,
} from "./strips";

/** By column of the tile what the strip above hands down: HP and HN of its last row and, for OSA, its last row's half of a transposition. */
const CARRIES: usize = memory.data(256 * 96, 16);
const CARRY: usize = 64;
const OSA_CARRY: usize = 96;
// The state of a strip, two vectors each: VP, VN and, for OSA, D0 and the matches of the column before.
const VN: usize = 32;
const D0: usize = 64;
const BEFORE: usize = 96;

function levenshteinStrip(table: usize, state: usize, count: u32): void {
  let vp0 = v128.load(state);
  let vp1 = v128.load(state, 16);
  let vn0 = v128.load(state, VN);
  let vn1 = v128.load(state, VN + 16);
  let carry = CARRIES;
  const last = TILE_ROWS + (<usize>count << 1);
  for (let row = TILE_ROWS; row < last; row += 2) {
    const matches = table + <usize>load<u16>(row);
    let hpIn = v128.load(carry);
    let hnIn = v128.load(carry, 32);
    let d0 = diagonal<i64>(v128.or(v128.load(matches), hnIn), vp0, vn0);
    let hp = v128.andnot(v128.or(d0, vp0), vn0);
    let hn = v128.and(d0, vp0);
    v128.store(carry, i64x2.shr_u(hp, 63));
    v128.store(carry, i64x2.shr_u(hn, 63), 32);
    hp = v128.or(double<i64>(hp), hpIn);
    vp0 = v128.or(v128.or(double<i64>(hn), hnIn), v128.andnot(hp, d0));
    vn0 = v128.andnot(d0, hp);
    hpIn = v128.load(carry, 16);
    hnIn = v128.load(carry, 48);
    d0 = diagonal<i64>(v128.or(v128.load(matches, 16), hnIn), vp1, vn1);
    hp = v128.andnot(v128.or(d0, vp1), vn1);
    hn = v128.and(d0, vp1);
    v128.store(carry, i64x2.shr_u(hp, 63), 16);
    v128.store(carry, i64x2.shr_u(hn, 63), 48);
    hp = v128.or(double<i64>(hp), hpIn);
    vp1 = v128.or(v128.or(double<i64>(hn), hnIn), v128.andnot(hp, d0));
    vn1 = v128.andnot(d0, hp);
    carry += CARRY;
  }
  v128.store(state, vp0);
  v128.store(state, vp1, 16);
  v128.store(state, vn0, VN);
  v128.store(state, vn1, VN + 16);
}

/** One half of the lanes; the offset is that of its vector. */
@inline
function osaHalf(table: usize, state: usize, count: u32, half: usize): void {
  let vp = v128.load(state + half);
  let vn = v128.load(state + half, VN);
  let d0 = v128.load(state + half, D0);
  let before = v128.load(state + half, BEFORE);
  let carry = CARRIES + half;
  const last = TILE_ROWS + (<usize>count << 1);
  for (let row = TILE_ROWS; row < last; row += 2) {
    const equal = v128.load(table + <usize>load<u16>(row) + half);
    const hpIn = v128.load(carry);
    const hnIn = v128.load(carry, 32);
    const turned = v128.andnot(equal, d0);
    const transposed = v128.and(v128.or(double<i64>(turned), v128.load(carry, 64)), before);
    v128.store(carry, i64x2.shr_u(turned, 63), 64);
    d0 = v128.or(diagonal<i64>(v128.or(equal, hnIn), vp, vn), transposed);
    let hp = v128.andnot(v128.or(d0, vp), vn);
    const hn = v128.and(d0, vp);
    v128.store(carry, i64x2.shr_u(hp, 63));
    v128.store(carry, i64x2.shr_u(hn, 63), 32);
    hp = v128.or(double<i64>(hp), hpIn);
    vp = v128.or(v128.or(double<i64>(hn), hnIn), v128.andnot(hp, d0));
    vn = v128.andnot(d0, hp);
    before = equal;
    carry += OSA_CARRY;
  }
  v128.store(state + half, vp);
  v128.store(state + half, vn, VN);
  v128.store(state + half, d0, D0);
  v128.store(state + half, before, BEFORE);
}

/** By how much the matrix grows from the top of a strip to the end of a lane's rows in it. */
@inline
function growth(strip: u32, lane: usize, rows: u64): i32 {
  const state = stateOf(strip) + (lane << 3);
  return <i32>popcnt<u64>(load<u64>(state) & rows) - <i32>popcnt<u64>(load<u64>(state, VN) & rows);
}

/** Whether a lane is beyond its limit, whatever comes in the columns behind this one. */
function isBeyond(lane: usize, column: u32): bool {
  const limit = <i32>limitOf(lane);
  let top = topOf(lane);
  for (let strip = first; strip < end; strip++) {
    const state = stateOf(strip) + (lane << 3);
    for (let step: usize = 0; step < 8; step++) {
      const grows = <i32>popcnt<u32>(<u32>load<u8>(state + step));
      const bottom = top + grows - <i32>popcnt<u32>(<u32>load<u8>(state + step, VN));
      // Neighbouring rows differ by 1 at most.
      const least = (top + bottom - <i32>STEP) >> 1;
      if (least + detour((strip << 6) + <u32>step * STEP, column, lengthIn(lane)) <= limit) return false;
      top = bottom;
    }
  }
  return true;
}

@inline
function enterStrips(count: u32): void {
  for (let strip = enteredStrips(); strip < end; strip++) {
    const state = stateOf(strip);
    matchStrip(strip, count);
    v128.store(state, i64x2.splat(-1));
    v128.store(state, i64x2.splat(-1), 16);
    for (let offset = VN; offset < BEFORE + 32; offset += 16) v128.store(state + offset, i64x2.splat(0));
  }
  enter();
}

/**
 * Runs the group's columns.
 *
 * @param columnsMax where to stop at the latest
 * @returns the lanes that may be within their limits, a bit each
 */
function runTiles(count: u32, isOsa: bool, isCut: bool, columnsMax: u32): u32 {
  const tile = isCut ? TILE_IF_CUT : TILE;
  let lanes: u32 = (1 << count) - 1;
  let above: u32 = 0;
  for (let begin: u32 = 0; begin < columnsMax; begin += tile) {
    const width = min(tile, columnsMax - begin);
    moveBand(begin, width);
    for (; above < first; above++) for (let lane: usize = 0; lane < count; lane++) addToTop(lane, growth(above, lane, ~(<u64>0)));
    enterStrips(count);
    // Above the band, and above the matrix, every column is one more.
    memory.fill(CARRIES, 0, <usize>width * (isOsa ? OSA_CARRY : CARRY));
    for (let lane: usize = 0; lane < count; lane++) addToTop(lane, <i32>width);
    if (isNarrow) fillTile(begin, width);
    for (let strip = first; strip < end; strip++) {
      if (!isNarrow) fillWideTile(strip, begin, width);
      if (isOsa) {
        osaHalf(tableOf(strip), stateOf(strip), width, 0);
        osaHalf(tableOf(strip), stateOf(strip), width, 16);
      } else levenshteinStrip(tableOf(strip), stateOf(strip), width);
    }
    if (!isCut) continue;
    lanes = 0;
    for (let lane: u32 = 0; lane < count; lane++) if (!isBeyond(lane, begin + width)) lanes |= 1 << lane;
    if (lanes == 0) return 0;
  }
  return lanes;
}

/** Scores one group, or only sorts it out where not all columns are to be run; tells which lanes are left undecided, a bit each. */
function scoreGroup(at: u32, count: u32, isOsa: bool, scoreMin: f64, columnsMax: u32): u32 {
  takeGroup(at, count);
  let near: u32 = 0;
  for (let lane: u32 = 0; lane < count; lane++) {
    const length = lengthIn(lane);
    const limit = min(longer(length), <u32>((1 - scoreMin) * <f64>longer(length)) + 1);
    setLimit(lane, limit);
    if (<u32>abs(<i32>length - <i32>queryLength) <= limit) near |= 1 << lane;
  }
  if (near != 0) {
    layBand(count);
    near &= runTiles(count, isOsa, scoreMin > 0, columnsMax);
  }
  for (let lane: u32 = 0; lane < count; lane++) {
    const text = textOf(lane);
    if ((near & (1 << lane)) == 0) {
      store<f64>(scores + (text << 3), -1);
    } else if (columnsMax == queryLength) {
      const length = lengthIn(lane);
      let distance = topOf(lane);
      for (let strip = first; strip < end; strip++) distance += growth(strip, lane, rowsOf(strip, length));
      scoreDistance(text, <u32>distance, longer(length));
    }
  }
  return columnsMax == queryLength ? 0 : near;
}

/**
 * Scores the texts from `at` in the order; those below the least score that is of interest get less than that, and maybe -1.
 *
 * With such a score most texts are done with after a few columns, and one that is not would have its whole group go on. So there is a
 * first round of few columns, and those that are left are put together for a second one.
 */
export function levenshteinLong(begin: u32, last: u32, isOsa: bool, scoreMin: f64): void {
  const firstColumns = sieveColumns(scoreMin);
  let left = begin;
  for (let at = begin; at < last; at += GROUP) {
    const count = min(GROUP, last - at);
    left = keepLanes(left, at, scoreGroup(at, count, isOsa, scoreMin, firstColumns));
  }
  for (let at = begin; at < left; at += GROUP) scoreGroup(at, min(GROUP, left - at), isOsa, scoreMin, queryLength);
}
