// Longer texts: four at a time, one to each half of two vectors. The matrix is cut into strips of 64 rows and tiles of 256 columns: what a
// strip hands down to the next one stays in the first-level cache, and the columns beyond a tile need not be looked at when no candidate
// of the group can come near enough any more (Ukkonen, 1985, "Algorithms for approximate string matching").

import { blocksOf, order } from "./classes";
import { BYTE_OF, columns, isNarrow, length as queryLength, symbolCount } from "./query";
import { cellsOf, lengthOf } from "./texts";

export const GROUP: u32 = 4;
export const TILE: u32 = 256;
/** Where texts may turn out to be of no interest, it is looked for more often. */
export const TILE_IF_CUT: u32 = 32;
/** Bytes of a row of a match table. */
const ROW: usize = 32;
/** Without byte cells a strip has a row for each symbol in it, 64 of each candidate at most, and the empty one. */
const WIDE_ROWS: usize = 257;
const STATE_BYTES: usize = 128;
/** How many symbols a strip has, and which. */
const LIST_BYTES: usize = 257 * 4;

/** By lane, u32 or i32. */
const TEXT: usize = memory.data(16, 16);
const LENGTH: usize = memory.data(16, 16);
const LIMIT: usize = memory.data(16, 16);
/** i32 by lane: the matrix at the top of the band, in the column that was reached. */
const TOP: usize = memory.data(16, 16);
/** u16 by column of the tile: where its row of the match table begins. */
export const TILE_ROWS: usize = memory.data(256 * 2, 16);

/** u16 by symbol number: its row in the strip at hand; 0 for none. */
let rowOf: usize = 0;
let tables: usize = 0;
let tableBytes: usize = 0;
let states: usize = 0;
let lists: usize = 0;

export let blocks: u32 = 0;
/** The strips within the band. */
export let first: u32 = 0;
export let end: u32 = 0;
let entered: u32 = 0;
/** The band: the diagonals, row − column, that matter. */
export let low: i32 = 0;
export let high: i32 = 0;

/** Bytes of scratch that texts of up to so many blocks need. */
export function stripBytes(blocksMax: u32): usize {
  return ((<usize>symbolCount + 1) << 1) + 64 + <usize>blocksMax * (rowCount() * ROW + STATE_BYTES + LIST_BYTES);
}

/** Byte cells are rows themselves: one that no column asks for holds what an earlier group left there. */
@inline
function rowCount(): usize {
  return isNarrow ? 256 : WIDE_ROWS;
}

export function setStrips(scratch: usize, blocksMax: u32): void {
  tableBytes = rowCount() * ROW;
  rowOf = scratch;
  const rowBytes = ((<usize>symbolCount + 1) << 1) + 31;
  memory.fill(rowOf, 0, rowBytes);
  tables = (scratch + rowBytes) & ~(<usize>15);
  states = tables + <usize>blocksMax * tableBytes;
  lists = states + <usize>blocksMax * STATE_BYTES;
}

@inline
export function textOf(lane: usize): usize {
  return <usize>load<u32>(TEXT + (lane << 2));
}

@inline
export function lengthIn(lane: usize): u32 {
  return load<u32>(LENGTH + (lane << 2));
}

@inline
export function limitOf(lane: usize): u32 {
  return load<u32>(LIMIT + (lane << 2));
}

@inline
export function setLimit(lane: usize, limit: u32): void {
  store<u32>(LIMIT + (lane << 2), limit);
}

@inline
export function topOf(lane: usize): i32 {
  return load<i32>(TOP + (lane << 2));
}

@inline
export function addToTop(lane: usize, change: i32): void {
  store<i32>(TOP + (lane << 2), topOf(lane) + change);
}

@inline
export function tableOf(strip: u32): usize {
  return tables + <usize>strip * tableBytes;
}

@inline
export function stateOf(strip: u32): usize {
  return states + <usize>strip * STATE_BYTES;
}

/** The bits of a strip that belong to a lane's text. */
@inline
export function rowsOf(strip: u32, length: u32): u64 {
  const begin = strip << 6;
  return length <= begin ? 0 : length - begin >= 64 ? ~(<u64>0) : ((<u64>1) << (length - begin)) - 1;
}

/** Takes the next texts of the order; spare lanes get none. */
export function takeGroup(at: u32, count: u32): void {
  blocks = 1;
  for (let lane: usize = 0; lane < GROUP; lane++) {
    const text = lane < count ? load<u32>(order + ((<usize>at + lane) << 2)) : 0;
    const length = lane < count ? lengthOf(text) : 0;
    store<u32>(TEXT + (lane << 2), text);
    store<u32>(LENGTH + (lane << 2), length);
    store<u32>(TOP + (lane << 2), 0);
    if (blocksOf(length) > blocks) blocks = blocksOf(length);
  }
}

function matchNarrow(strip: u32, count: u32): void {
  const begin = strip << 6;
  for (let lane: usize = 0; lane < count; lane++) {
    const length = lengthIn(lane);
    if (length <= begin) continue;
    const cells = cellsOf(textOf(lane)) + begin;
    const table = tableOf(strip) + (lane << 3);
    const filled: u32 = length - begin < 64 ? length - begin : 64;
    let bit: u64 = 1;
    let i: usize = 0;
    for (; i + 4 <= filled; i += 4) {
      const four = load<u32>(cells + i);
      let at = table + <usize>((four & 0xff) << 5);
      store<u64>(at, load<u64>(at) | bit);
      at = table + <usize>(((four >> 8) & 0xff) << 5);
      store<u64>(at, load<u64>(at) | (bit << 1));
      at = table + <usize>(((four >> 16) & 0xff) << 5);
      store<u64>(at, load<u64>(at) | (bit << 2));
      at = table + <usize>((four >> 24) << 5);
      store<u64>(at, load<u64>(at) | (bit << 3));
      bit <<= 4;
    }
    for (; i < filled; i++) {
      const at = table + (<usize>load<u8>(cells + i) << 5);
      store<u64>(at, load<u64>(at) | bit);
      bit <<= 1;
    }
  }
}

@inline
function listOf(strip: u32): usize {
  return lists + <usize>strip * LIST_BYTES;
}

function matchWide(strip: u32, count: u32): void {
  const list = listOf(strip);
  const table = tableOf(strip);
  let rows: u32 = 0;
  for (let lane: usize = 0; lane < count; lane++) {
    const begin = strip << 6;
    const length = lengthIn(lane);
    if (length <= begin) continue;
    const cells = cellsOf(textOf(lane)) + (<usize>begin << 2);
    const filled = length - begin < 64 ? length - begin : 64;
    for (let i: u32 = 0; i < filled; i++) {
      const symbol = <usize>load<u32>(cells + (<usize>i << 2));
      if (symbol == 0) continue;
      let row = <u32>load<u16>(rowOf + (symbol << 1));
      if (row == 0) {
        rows += 1;
        row = rows;
        store<u16>(rowOf + (symbol << 1), <u16>row);
        store<u32>(list + (<usize>row << 2), <u32>symbol);
      }
      const at = table + (<usize>row << 5) + (lane << 3);
      store<u64>(at, load<u64>(at) | ((<u64>1) << i));
    }
  }
  store<u32>(list, rows);
  for (let row: usize = 1; row <= rows; row++) store<u16>(rowOf + (<usize>load<u32>(list + (row << 2)) << 1), 0);
}

/** Fills the match table of a strip. */
export function matchStrip(strip: u32, count: u32): void {
  const table = tableOf(strip);
  if (!isNarrow) {
    memory.fill(table, 0, tableBytes);
    matchWide(strip, count);
    return;
  }
  for (let symbol: usize = 1; symbol <= symbolCount; symbol++) {
    const row = table + (<usize>load<u8>(BYTE_OF + symbol) << 5);
    v128.store(row, i64x2.splat(0));
    v128.store(row, i64x2.splat(0), 16);
  }
  matchNarrow(strip, count);
}

/**
 * The band that holds every path of at most so many edits: a cell on diagonal d is reached with |d| insertions or deletions at least, and
 * left with |δ − d|, δ being the diagonal of the last cell.
 */
export function setDiagonals(length: u32, limit: u32): void {
  const delta = <i32>length - <i32>queryLength;
  const spare = (<i32>limit - abs(delta)) >> 1;
  low = min(0, delta) - spare - 1;
  high = max(0, delta) + spare + 1;
}

/** Lays the band of the whole group. */
export function layBand(count: u32): void {
  let groupLow = i32.MAX_VALUE;
  let groupHigh = i32.MIN_VALUE;
  for (let lane: usize = 0; lane < count; lane++) {
    setDiagonals(lengthIn(lane), limitOf(lane));
    groupLow = min(groupLow, low);
    groupHigh = max(groupHigh, high);
  }
  low = groupLow;
  high = groupHigh;
  first = 0;
  entered = 0;
}

/** Moves the band on to a tile's columns: {@link first} to {@link end} are its strips. Strips above are left as they are. */
export function moveBand(begin: u32, count: u32): void {
  const top = <i32>begin + low;
  const bottom = <i32>(begin + count) + high;
  const nextFirst = top <= 0 ? 0 : <u32>top >> 6;
  first = min(max(first, nextFirst), blocks - 1);
  end = bottom <= 0 ? 1 : min(blocks, blocksOf(<u32>bottom));
  end = max(end, first + 1);
}

/** The strips from here to {@link end} have no state yet. */
@inline
export function enteredStrips(): u32 {
  return entered;
}

export function enter(): void {
  entered = max(entered, end);
}

/** Looks up each column's row, once for all strips. */
export function fillTile(begin: u32, count: u32): void {
  for (let i: usize = 0; i < count; i++) {
    const symbol = <usize>load<u32>(columns + ((<usize>begin + i) << 2));
    store<u16>(TILE_ROWS + (i << 1), <u16>load<u8>(BYTE_OF + symbol) << 5);
  }
}

/** Without byte cells each strip has rows of its own. */
export function fillWideTile(strip: u32, begin: u32, count: u32): void {
  const list = listOf(strip);
  const rows = load<u32>(list);
  for (let row: usize = 1; row <= rows; row++) {
    store<u16>(rowOf + (<usize>load<u32>(list + (row << 2)) << 1), <u16>row);
  }
  for (let i: usize = 0; i < count; i++) {
    const symbol = <usize>load<u32>(columns + ((<usize>begin + i) << 2));
    store<u16>(TILE_ROWS + (i << 1), load<u16>(rowOf + (symbol << 1)) << 5);
  }
  for (let row: usize = 1; row <= rows; row++) store<u16>(rowOf + (<usize>load<u32>(list + (row << 2)) << 1), 0);
}

/** A strip is looked at in steps of 8 rows where it is asked what can still come of it. */
export const STEP: u32 = 8;

/** How far the diagonals of a step, seen from this column, are from the last cell's: what is left to be inserted or deleted. */
@inline
export function detour(row: u32, column: u32, length: u32): i32 {
  const delta = <i32>length - <i32>queryLength;
  const nearest = <i32>row - <i32>column;
  if (delta < nearest) return nearest - delta;
  return max(0, delta - (nearest + <i32>STEP));
}

/** How many columns sort out most texts that are of no interest: texts that have nothing in common differ by some two thirds. */
export function sieveColumns(scoreMin: f64): u32 {
  if (scoreMin <= 0) return queryLength;
  const columns = <u32>(2 * (1 - scoreMin) * <f64>queryLength) + TILE_IF_CUT;
  // Beyond that a second round would repeat too much of the first.
  return columns < queryLength - (queryLength >> 2) ? columns : queryLength;
}

/** Puts the group's lanes that are left behind those that earlier groups left; tells where these end. */
export function keepLanes(left: u32, at: u32, lanes: u32): u32 {
  for (; lanes != 0; lanes &= lanes - 1) {
    const text = load<u32>(order + (<usize>(at + ctz(lanes)) << 2));
    store<u32>(order + (<usize>left << 2), text);
    left++;
  }
  return left;
}
