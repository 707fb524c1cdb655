// The unrestricted Damerau–Levenshtein distance, in linear space: Zhao and Sahni, 2019, "String correction using the
// Damerau-Levenshtein distance".

import { columns, isNarrow, length as queryLength, SYMBOL_OF_BYTE, symbolCount } from "./query";
import { longer, scoreDistance } from "./scores";
import { cellsOf, lengthOf } from "./texts";

/** u32 by symbol number: the last row, from 1, that has it; 0 for none. */
let lastRows: usize = 0;
/** u32 by column, from one before the first: this row, the one above, and what stood two to the left of a match above it. */
let current: usize = 0;
let above: usize = 0;
let beforeMatch: usize = 0;
/** u32 by column: the candidate's symbols. */
let symbols: usize = 0;

export function damerauBytes(lengthMax: u32): usize {
  return (<usize>(symbolCount + 1) << 2) + (<usize>lengthMax + 2) * 16;
}

export function setDamerau(scratch: usize, lengthMax: u32): void {
  const bytes = (<usize>lengthMax + 2) << 2;
  lastRows = scratch;
  current = lastRows + (<usize>(symbolCount + 1) << 2);
  above = current + bytes;
  beforeMatch = above + bytes;
  symbols = beforeMatch + bytes;
}

@inline
function least(a: u32, b: u32): u32 {
  return a < b ? a : b;
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
      let best = least(left, overhead) + 1;
      if (other == symbol) {
        best = least(best, diagonal);
        lastMatch = <i32>j;
        store<u32>(saved + (j << 2), load<u32>(up + ((j - 2) << 2)));
        turned = twoUp;
      } else {
        best = least(best, diagonal + 1);
        const lastRow = load<u32>(lastRows + (<usize>other << 2));
        if (<i32>j - lastMatch == 1) best = least(best, load<u32>(saved + (j << 2)) + i - lastRow);
        else if (i - lastRow == 1) best = least(best, turned + <u32>(<i32>j - lastMatch));
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

export function damerau(from: u32, to: u32): void {
  for (let text: usize = from; text < to; text++) {
    const length = lengthOf(text);
    readSymbols(text, length);
    scoreDistance(text, distance(length), longer(length));
  }
}
