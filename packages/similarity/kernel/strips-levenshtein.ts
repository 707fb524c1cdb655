// Levenshtein and OSA distances of longer texts, strip by strip: see levenshtein.ts, osa.ts and strips.ts. The values outside of the
// band are taken as too high, never as too low, so a distance within the limit is exact, and one beyond it stays beyond.

import { order } from "./classes";
import { diagonal } from "./levenshtein";
import { isNarrow, length as queryLength } from "./query";
import { longer, scoreDistance, scores } from "./scores";
import {
  addToTop, blocks, detour, end, enter, enteredStrips, fillTile, fillWideTile, first, GROUP, layBand, lengthIn, limitOf, matchGroup,
  moveBand, rowsOf, setLimit, stateOf, tableOf, takeGroup, textOf, TILE, TILE_ROWS, topOf,
} from "./strips";

/** By column of the tile what the strip above hands down: HP and HN of its last row and, for OSA, its last row's half of a transposition. */
const CARRIES: usize = memory.data(256 * 96, 16);
const CARRY: usize = 64;
const OSA_CARRY: usize = 96;
// The state of a strip, two vectors each: VP, VN and, for OSA, D0 and the matches of the column before.
const VN: usize = 32;
const D0: usize = 64;
const BEFORE: usize = 96;

@inline
function double(vector: v128): v128 {
  return i64x2.add(vector, vector);
}

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
    hp = v128.or(double(hp), hpIn);
    vp0 = v128.or(v128.or(double(hn), hnIn), v128.andnot(hp, d0));
    vn0 = v128.andnot(d0, hp);
    hpIn = v128.load(carry, 16);
    hnIn = v128.load(carry, 48);
    d0 = diagonal<i64>(v128.or(v128.load(matches, 16), hnIn), vp1, vn1);
    hp = v128.andnot(v128.or(d0, vp1), vn1);
    hn = v128.and(d0, vp1);
    v128.store(carry, i64x2.shr_u(hp, 63), 16);
    v128.store(carry, i64x2.shr_u(hn, 63), 48);
    hp = v128.or(double(hp), hpIn);
    vp1 = v128.or(v128.or(double(hn), hnIn), v128.andnot(hp, d0));
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
    const transposed = v128.and(v128.or(double(turned), v128.load(carry, 64)), before);
    v128.store(carry, i64x2.shr_u(turned, 63), 64);
    d0 = v128.or(diagonal<i64>(v128.or(equal, hnIn), vp, vn), transposed);
    let hp = v128.andnot(v128.or(d0, vp), vn);
    const hn = v128.and(d0, vp);
    v128.store(carry, i64x2.shr_u(hp, 63));
    v128.store(carry, i64x2.shr_u(hn, 63), 32);
    hp = v128.or(double(hp), hpIn);
    vp = v128.or(v128.or(double(hn), hnIn), v128.andnot(hp, d0));
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

/** Whether every lane is beyond its limit, whatever comes in the columns behind this one. */
function areAllBeyond(count: u32, column: u32): bool {
  for (let lane: usize = 0; lane < count; lane++) {
    const limit = <i32>limitOf(lane);
    let top = topOf(lane);
    for (let strip = first; strip < end; strip++) {
      const bottom = top + growth(strip, lane, ~(<u64>0));
      // Neighbouring rows differ by 1 at most.
      if (((top + bottom - 64) >> 1) + detour(strip, column, lengthIn(lane)) <= limit) return false;
      top = bottom;
    }
  }
  return true;
}

@inline
function enterStrips(): void {
  for (let strip = enteredStrips(); strip < end; strip++) {
    const state = stateOf(strip);
    memory.fill(state, 0, 128);
    v128.store(state, i64x2.splat(-1));
    v128.store(state, i64x2.splat(-1), 16);
  }
  enter();
}

/** @returns whether it went through all columns */
function runTiles(count: u32, isOsa: bool, isCut: bool): bool {
  let above: u32 = 0;
  for (let begin: u32 = 0; begin < queryLength; begin += TILE) {
    const width = min(TILE, queryLength - begin);
    moveBand(begin, width);
    for (; above < first; above++) for (let lane: usize = 0; lane < count; lane++) addToTop(lane, growth(above, lane, ~(<u64>0)));
    enterStrips();
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
    if (isCut && areAllBeyond(count, begin + width)) return false;
  }
  return true;
}

/**
 * Scores the texts from `at` in the order; those below the least score that is of interest get less than that, and maybe -1.
 */
export function levenshteinLong(at: u32, last: u32, isOsa: bool, scoreMin: f64): void {
  for (; at < last; at += GROUP) {
    const count = min(GROUP, last - at);
    takeGroup(at, count);
    let isWanted = false;
    for (let lane: usize = 0; lane < count; lane++) {
      const length = lengthIn(lane);
      const limit = min(longer(length), <u32>((1 - scoreMin) * <f64>longer(length)) + 1);
      setLimit(lane, limit);
      if (<u32>abs(<i32>length - <i32>queryLength) <= limit) isWanted = true;
    }
    let isWhole = false;
    if (isWanted) {
      matchGroup(count);
      layBand(count);
      isWhole = runTiles(count, isOsa, scoreMin > 0);
    }
    for (let lane: usize = 0; lane < count; lane++) {
      const text = textOf(lane);
      const length = lengthIn(lane);
      if (!isWhole || <u32>abs(<i32>length - <i32>queryLength) > limitOf(lane)) {
        store<f64>(scores + (text << 3), -1);
        continue;
      }
      let distance = topOf(lane);
      for (let strip = first; strip < end; strip++) distance += growth(strip, lane, rowsOf(strip, length));
      scoreDistance(text, <u32>distance, longer(length));
    }
  }
}
