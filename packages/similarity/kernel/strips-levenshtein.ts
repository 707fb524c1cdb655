// Levenshtein and OSA distances of longer texts, strip by strip: see levenshtein.ts, osa.ts and strips.ts. The values outside of the
// band are taken as too high, never as too low, so a distance within the limit is exact, and one beyond it stays beyond.

import { carriedOver, double } from "./levenshtein";
import { isNarrow, length as queryLength } from "./query";
import { leaveOutFar } from "./samples";
import { Edits, editsMax, longer, scoreDistance, scores } from "./scores";
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
    let equal = v128.or(v128.load(matches), hnIn);
    let x = carriedOver<i64>(equal, vp0);
    let d0 = v128.or(x, v128.or(equal, vn0));
    let hp = v128.andnot(v128.or(x, v128.or(equal, vp0)), vn0);
    let hn = v128.and(d0, vp0);
    v128.store(carry, i64x2.shr_u(hp, 63));
    v128.store(carry, i64x2.shr_u(hn, 63), 32);
    hp = v128.or(double<i64>(hp), hpIn);
    vp0 = v128.or(v128.or(double<i64>(hn), hnIn), v128.andnot(hp, d0));
    vn0 = v128.andnot(d0, hp);
    hpIn = v128.load(carry, 16);
    hnIn = v128.load(carry, 48);
    equal = v128.or(v128.load(matches, 16), hnIn);
    x = carriedOver<i64>(equal, vp1);
    d0 = v128.or(x, v128.or(equal, vn1));
    hp = v128.andnot(v128.or(x, v128.or(equal, vp1)), vn1);
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

function levenshteinStrips(table: usize, tableBelow: usize, state: usize, stateBelow: usize, count: u32): void {
  let vp00 = v128.load(state);
  let vn00 = v128.load(state, VN);
  let vp01 = v128.load(state, 16);
  let vn01 = v128.load(state, VN + 16);
  let vp10 = v128.load(stateBelow);
  let vn10 = v128.load(stateBelow, VN);
  let vp11 = v128.load(stateBelow, 16);
  let vn11 = v128.load(stateBelow, VN + 16);
  let carry = CARRIES;
  const last = TILE_ROWS + (<usize>count << 1);
  for (let row = TILE_ROWS; row < last; row += 2) {
    const matches = <usize>load<u16>(row);
    let hpIn = v128.load(carry);
    let hnIn = v128.load(carry, 32);
    let equal = v128.or(v128.load(table + matches), hnIn);
    let x = carriedOver<i64>(equal, vp00);
    let d0 = v128.or(x, v128.or(equal, vn00));
    let hp = v128.andnot(v128.or(x, v128.or(equal, vp00)), vn00);
    let hn = v128.and(d0, vp00);
    let hpOut = i64x2.shr_u(hp, 63);
    let hnOut = i64x2.shr_u(hn, 63);
    hp = v128.or(double<i64>(hp), hpIn);
    vp00 = v128.or(v128.or(double<i64>(hn), hnIn), v128.andnot(hp, d0));
    vn00 = v128.andnot(d0, hp);
    hpIn = hpOut;
    hnIn = hnOut;
    equal = v128.or(v128.load(tableBelow + matches), hnIn);
    x = carriedOver<i64>(equal, vp10);
    d0 = v128.or(x, v128.or(equal, vn10));
    hp = v128.andnot(v128.or(x, v128.or(equal, vp10)), vn10);
    hn = v128.and(d0, vp10);
    v128.store(carry, i64x2.shr_u(hp, 63));
    v128.store(carry, i64x2.shr_u(hn, 63), 32);
    hp = v128.or(double<i64>(hp), hpIn);
    vp10 = v128.or(v128.or(double<i64>(hn), hnIn), v128.andnot(hp, d0));
    vn10 = v128.andnot(d0, hp);
    hpIn = v128.load(carry, 16);
    hnIn = v128.load(carry, 48);
    equal = v128.or(v128.load(table + matches, 16), hnIn);
    x = carriedOver<i64>(equal, vp01);
    d0 = v128.or(x, v128.or(equal, vn01));
    hp = v128.andnot(v128.or(x, v128.or(equal, vp01)), vn01);
    hn = v128.and(d0, vp01);
    hpOut = i64x2.shr_u(hp, 63);
    hnOut = i64x2.shr_u(hn, 63);
    hp = v128.or(double<i64>(hp), hpIn);
    vp01 = v128.or(v128.or(double<i64>(hn), hnIn), v128.andnot(hp, d0));
    vn01 = v128.andnot(d0, hp);
    hpIn = hpOut;
    hnIn = hnOut;
    equal = v128.or(v128.load(tableBelow + matches, 16), hnIn);
    x = carriedOver<i64>(equal, vp11);
    d0 = v128.or(x, v128.or(equal, vn11));
    hp = v128.andnot(v128.or(x, v128.or(equal, vp11)), vn11);
    hn = v128.and(d0, vp11);
    v128.store(carry, i64x2.shr_u(hp, 63), 16);
    v128.store(carry, i64x2.shr_u(hn, 63), 48);
    hp = v128.or(double<i64>(hp), hpIn);
    vp11 = v128.or(v128.or(double<i64>(hn), hnIn), v128.andnot(hp, d0));
    vn11 = v128.andnot(d0, hp);
    carry += CARRY;
  }
  v128.store(state, vp00);
  v128.store(state, vn00, VN);
  v128.store(state, vp01, 16);
  v128.store(state, vn01, VN + 16);
  v128.store(stateBelow, vp10);
  v128.store(stateBelow, vn10, VN);
  v128.store(stateBelow, vp11, 16);
  v128.store(stateBelow, vn11, VN + 16);
}

function osaStrip(table: usize, state: usize, count: u32): void {
  let vp0 = v128.load(state);
  let vn0 = v128.load(state, VN);
  let diagonal0 = v128.load(state, D0);
  let before0 = v128.load(state, BEFORE);
  let vp1 = v128.load(state, 16);
  let vn1 = v128.load(state, VN + 16);
  let diagonal1 = v128.load(state, D0 + 16);
  let before1 = v128.load(state, BEFORE + 16);
  let carry = CARRIES;
  const last = TILE_ROWS + (<usize>count << 1);
  for (let row = TILE_ROWS; row < last; row += 2) {
    const matches = table + <usize>load<u16>(row);
    let hpIn = v128.load(carry);
    let hnIn = v128.load(carry, 32);
    let equal = v128.load(matches);
    let turned = v128.andnot(equal, diagonal0);
    let matched = v128.or(v128.or(equal, hnIn), v128.and(v128.or(double<i64>(turned), v128.load(carry, 64)), before0));
    let x = carriedOver<i64>(v128.or(equal, hnIn), vp0);
    before0 = equal;
    diagonal0 = v128.or(x, v128.or(matched, vn0));
    let hp = v128.andnot(v128.or(x, v128.or(matched, vp0)), vn0);
    let hn = v128.and(diagonal0, vp0);
    v128.store(carry, i64x2.shr_u(hp, 63));
    v128.store(carry, i64x2.shr_u(hn, 63), 32);
    v128.store(carry, i64x2.shr_u(turned, 63), 64);
    hp = v128.or(double<i64>(hp), hpIn);
    vp0 = v128.or(v128.or(double<i64>(hn), hnIn), v128.andnot(hp, diagonal0));
    vn0 = v128.andnot(diagonal0, hp);
    hpIn = v128.load(carry, 16);
    hnIn = v128.load(carry, 48);
    equal = v128.load(matches, 16);
    turned = v128.andnot(equal, diagonal1);
    matched = v128.or(v128.or(equal, hnIn), v128.and(v128.or(double<i64>(turned), v128.load(carry, 80)), before1));
    x = carriedOver<i64>(v128.or(equal, hnIn), vp1);
    before1 = equal;
    diagonal1 = v128.or(x, v128.or(matched, vn1));
    hp = v128.andnot(v128.or(x, v128.or(matched, vp1)), vn1);
    hn = v128.and(diagonal1, vp1);
    v128.store(carry, i64x2.shr_u(hp, 63), 16);
    v128.store(carry, i64x2.shr_u(hn, 63), 48);
    v128.store(carry, i64x2.shr_u(turned, 63), 80);
    hp = v128.or(double<i64>(hp), hpIn);
    vp1 = v128.or(v128.or(double<i64>(hn), hnIn), v128.andnot(hp, diagonal1));
    vn1 = v128.andnot(diagonal1, hp);
    carry += OSA_CARRY;
  }
  v128.store(state, vp0);
  v128.store(state, vn0, VN);
  v128.store(state, diagonal0, D0);
  v128.store(state, before0, BEFORE);
  v128.store(state, vp1, 16);
  v128.store(state, vn1, VN + 16);
  v128.store(state, diagonal1, D0 + 16);
  v128.store(state, before1, BEFORE + 16);
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
      if (isOsa) osaStrip(tableOf(strip), stateOf(strip), width);
      else if (isNarrow && strip + 1 < end) {
        levenshteinStrips(tableOf(strip), tableOf(strip + 1), stateOf(strip), stateOf(strip + 1), width);
        strip++;
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
function scoreGroup(at: u32, count: u32, edits: Edits, scoreMin: f64, columnsMax: u32): u32 {
  takeGroup(at, count);
  for (let lane: u32 = 0; lane < count; lane++) setLimit(lane, editsMax(edits, lengthIn(lane), scoreMin));
  layBand(count);
  const near = runTiles(count, edits == Edits.osa, scoreMin > 0, columnsMax);
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
 * Scores the texts from `begin` to `last` in the order; those below the least score that is of interest get less than that, and maybe -1.
 *
 * With such a score most texts are done with after a few columns, and one that is not would have its whole group go on. So there is a
 * first round of few columns, and those that are left are put together for a second one.
 */
export function levenshteinLong(begin: u32, last: u32, edits: Edits, scoreMin: f64): void {
  if (scoreMin > 0) last = leaveOutFar(begin, last, edits, scoreMin);
  const firstColumns = sieveColumns(scoreMin);
  let left = begin;
  for (let at = begin; at < last; at += GROUP) {
    const count = min(GROUP, last - at);
    left = keepLanes(left, at, scoreGroup(at, count, edits, scoreMin, firstColumns));
  }
  for (let at = begin; at < left; at += GROUP) scoreGroup(at, min(GROUP, left - at), edits, scoreMin, queryLength);
}
