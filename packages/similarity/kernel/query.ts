// The query: its distinct symbols, and for each of its characters, the columns of every matrix, which of them it is.
//
// A text is compared with the query alone, so of its characters it only matters which of the query's symbols they are. Where the
// query has few symbols outside of ASCII, a character of any text fits into a byte, a *cell*: ASCII as it is, the query's other
// symbols from 0x80 on, and whatever the query does not have 0xFF. Else a cell is a u32, the symbol's number, 0 for none.

const ASCII_END: u32 = 0x80;
const SPACE: u32 = 0x20;
/** 0xFF is what the query does not have. */
const BYTE_SYMBOLS_MAX: u32 = 0x7f;
export const ABSENT_BYTE: u32 = 0xff;

/** u32 by code point: the symbol's number, from 1; 0 for what the query does not have. */
export const SYMBOL_OF: usize = memory.data(0x110000 * 4, 16);
/** u8 by cell byte: the symbol's number, from 1. */
export const SYMBOL_OF_BYTE: usize = memory.data(256, 16);
/** u8 by symbol number: the cell byte. */
export const BYTE_OF: usize = memory.data(256, 16);
/** v128 by symbol number: the cell byte, sixteen times. */
export const SPLAT_OF: usize = memory.data(256 * 16, 16);

/** Characters of the query. */
export let length: u32 = 0;
export let symbolCount: u32 = 0;
/** Whether cells take a byte. */
export let isNarrow: bool = true;
/** u32 by column: the number of its symbol, from 1. */
export let columns: usize = 0;
/** u8 or u32 by character: its cell. */
export let queryCells: usize = 0;
let codePoints: usize = 0;

/** To be called before the query's memory is used for something else. */
export function clearQuery(): void {
  for (let i: usize = 0; i < length; i++) store<u32>(SYMBOL_OF + (<usize>load<u32>(codePoints + (i << 2)) << 2), 0);
  store<u32>(SYMBOL_OF + (<usize>SPACE << 2), 0);
  length = 0;
}

/** Whether the space has a number that the query does not have itself. */
export let isSpaceAdded: bool = false;

function setByte(symbol: usize, byte: u32): void {
  store<u8>(BYTE_OF + symbol, <u8>byte);
  v128.store(SPLAT_OF + (symbol << 4), i8x16.splat(<i8>byte));
}

/** Gives the space a number, also where the query has none. */
export function addSpace(): void {
  const at = SYMBOL_OF + (<usize>SPACE << 2);
  isSpaceAdded = load<u32>(at) == 0;
  if (!isSpaceAdded) return;
  symbolCount += 1;
  store<u32>(at, symbolCount);
  if (!isNarrow) return;
  store<u8>(SYMBOL_OF_BYTE + SPACE, <u8>symbolCount);
  setByte(symbolCount, SPACE);
}

/**
 * @param points u32 code points
 * @param numbers room for as many u32
 * @param room for as many u32, and 16 bytes
 */
export function setQuery(points: usize, count: u32, numbers: usize, room: usize): void {
  memory.fill(SYMBOL_OF_BYTE, 0, 256);
  codePoints = points;
  columns = numbers;
  length = count;
  symbolCount = 0;
  let beyondAscii: u32 = 0;
  for (let i: usize = 0; i < count; i++) {
    const point = load<u32>(points + (i << 2));
    const at = SYMBOL_OF + (<usize>point << 2);
    if (load<u32>(at) == 0) {
      symbolCount += 1;
      store<u32>(at, symbolCount);
      const byte = point < ASCII_END ? point : ASCII_END + beyondAscii;
      if (point >= ASCII_END) beyondAscii += 1;
      if (beyondAscii <= BYTE_SYMBOLS_MAX) {
        store<u8>(SYMBOL_OF_BYTE + byte, <u8>symbolCount);
        setByte(symbolCount, byte);
      }
    }
    store<u32>(numbers + (i << 2), load<u32>(at));
  }
  isNarrow = beyondAscii <= BYTE_SYMBOLS_MAX;
  queryCells = isNarrow ? room : columns;
  if (!isNarrow) return;
  for (let i: usize = 0; i < count; i++) store<u8>(room + i, load<u8>(BYTE_OF + <usize>load<u32>(columns + (i << 2))));
}
