// Normalizes texts of ASCII, in place; what needs Unicode's tables is left to the host, ../src/normalize.ts, which does the same to all texts.

import { byteLengths, lengths, offsets } from "./texts";
import { isSpace } from "./tokens";

// The steps' bits; see ../src/normalize.ts.
const LOWER: u32 = 1;
const STRIP_PUNCTUATION: u32 = 2;
const COLLAPSE: u32 = 4;
const DEFAULT_PROCESS: u32 = 8;

const SPACE: u32 = 0x20;

/** u8 by byte: what it becomes. */
const BECOMES: usize = memory.data(128, 16);

@inline
function isAlphanumeric(byte: u32): bool {
  return byte - 0x30 < 10 || (byte | 0x20) - 0x61 < 26;
}

function fillTable(steps: u32): void {
  const isLower = (steps & (LOWER | DEFAULT_PROCESS)) != 0;
  for (let byte: u32 = 0; byte < 128; byte++) {
    let becomes = isLower && byte - 0x41 < 26 ? byte | 0x20 : byte;
    const isKept = isAlphanumeric(byte) || (byte == 0x5f && (steps & DEFAULT_PROCESS) == 0);
    if ((steps & (STRIP_PUNCTUATION | DEFAULT_PROCESS)) != 0 && !isKept) becomes = SPACE;
    if ((steps & COLLAPSE) != 0 && isSpace(becomes)) becomes = SPACE;
    store<u8>(BECOMES + byte, <u8>becomes);
  }
}

/** Writes a text with runs of spaces as one, and none at its ends; tells its new length. */
function collapse(at: usize, length: u32): u32 {
  let to = at;
  // As if a space stood before it.
  let before = SPACE;
  for (let i: usize = 0; i < length; i++) {
    const byte = <u32>load<u8>(BECOMES + <usize>load<u8>(at + i));
    if (byte != SPACE || before != SPACE) store<u8>(to++, <u8>byte);
    before = byte;
  }
  if (to > at && before == SPACE) to--;
  return <u32>(to - at);
}

@inline
function replace(at: usize, length: u32): void {
  for (let i: usize = 0; i < length; i++) store<u8>(at + i, load<u8>(BECOMES + <usize>load<u8>(at + i)));
}

/**
 * Normalizes the texts of ASCII; the others are those with more bytes than characters.
 *
 * @returns how many others there are
 */
export function normalizeAscii(count: u32, steps: u32): u32 {
  fillTable(steps);
  let others: u32 = 0;
  for (let text: usize = 0; text < count; text++) {
    let at = <usize>load<u32>(offsets + (text << 2));
    let length = load<u32>(lengths + (text << 2));
    if (load<u32>(byteLengths + (text << 2)) != length) {
      others++;
      continue;
    }
    if ((steps & COLLAPSE) != 0) {
      length = collapse(at, length);
    } else {
      replace(at, length);
      if ((steps & DEFAULT_PROCESS) != 0) {
        while (length > 0 && load<u8>(at) == SPACE) {
          at++;
          length--;
        }
        while (length > 0 && load<u8>(at + length - 1) == SPACE) length--;
      }
    }
    store<u32>(offsets + (text << 2), <u32>at);
    store<u32>(byteLengths + (text << 2), length);
    store<u32>(lengths + (text << 2), length);
  }
  return others;
}
