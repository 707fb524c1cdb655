// The candidates: where each text's UTF-8 stands, how many characters it has, and its cells once they are encoded.

import { ABSENT_BYTE, BYTE_OF, isNarrow, SYMBOL_OF } from "./query";

/** u32 by text: where its UTF-8 begins, and how many bytes it has. */
export let offsets: usize = 0;
export let byteLengths: usize = 0;
/** u32 by text: where its cells begin, and how many there are, its characters. */
export let cells: usize = 0;
export let lengths: usize = 0;

/** Characters of all texts that were loaded last, and of the longest. */
export let loadedChars: u32 = 0;
export let loadedLongest: u32 = 0;
/** Whether they are all of ASCII. */
let areAscii: bool = true;

export function forgetLoaded(): void {
  loadedChars = 0;
  loadedLongest = 0;
  areAscii = true;
}

@inline
export function countLoaded(chars: u32, bytes: u32): void {
  loadedChars += chars;
  if (chars != bytes) areAscii = false;
  if (chars > loadedLongest) loadedLongest = chars;
}

/** Counts texts of so many characters in all; `longest` is that of all that were loaded. */
export function countRun(chars: u32, isAscii: bool, longest: u32): void {
  loadedChars += chars;
  if (!isAscii) areAscii = false;
  loadedLongest = longest;
}

export function setTexts(offsetsAt: usize, byteLengthsAt: usize, cellsAt: usize, lengthsAt: usize): void {
  offsets = offsetsAt;
  byteLengths = byteLengthsAt;
  cells = cellsAt;
  lengths = lengthsAt;
}

@inline
export function cellsOf(text: usize): usize {
  return <usize>load<u32>(cells + (text << 2));
}

@inline
export function lengthOf(text: usize): u32 {
  return load<u32>(lengths + (text << 2));
}

/** Bytes that a cell takes. */
@inline
export function cellBytes(): u32 {
  return isNarrow ? 1 : 4;
}

/** The bytes of the character that begins with this byte. */
@inline
export function sequenceBytes(lead: u32): u32 {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** Of valid UTF-8. */
@inline
export function codePointAt(at: usize, lead: u32): u32 {
  if (lead < 0x80) return lead;
  const second = <u32>load<u8>(at, 1) & 0x3f;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second;
  const third = <u32>load<u8>(at, 2) & 0x3f;
  if (lead < 0xf0) return ((lead & 0xf) << 12) | (second << 6) | third;
  return ((lead & 7) << 18) | (second << 12) | (third << 6) | (<u32>load<u8>(at, 3) & 0x3f);
}

/** Decodes valid UTF-8 to u32 code points, and tells how many they are. */
export function decode(from: usize, bytes: u32, to: usize): u32 {
  const end = from + bytes;
  let count: u32 = 0;
  for (let at = from; at < end; count++) {
    const lead = <u32>load<u8>(at);
    store<u32>(to + (<usize>count << 2), codePointAt(at, lead));
    at += sequenceBytes(lead);
  }
  return count;
}

function encodeNarrow(from: usize, bytes: u32, to: usize): void {
  const end = from + bytes;
  let out = to;
  for (let at = from; at < end; out++) {
    const lead = <u32>load<u8>(at);
    if (lead < 0x80) {
      store<u8>(out, <u8>lead);
      at += 1;
    } else {
      const symbol = load<u32>(SYMBOL_OF + (<usize>codePointAt(at, lead) << 2));
      store<u8>(out, symbol == 0 ? <u8>ABSENT_BYTE : load<u8>(BYTE_OF + symbol));
      at += sequenceBytes(lead);
    }
  }
}

function encodeWide(from: usize, bytes: u32, to: usize): void {
  const end = from + bytes;
  let out = to;
  for (let at = from; at < end; out += 4) {
    const lead = <u32>load<u8>(at);
    store<u32>(out, load<u32>(SYMBOL_OF + (<usize>codePointAt(at, lead) << 2)));
    at += sequenceBytes(lead);
  }
}

/**
 * Makes the cells of all texts. Those of ASCII are their own cells where these are bytes.
 *
 * @param room for the others' cells: as many as the texts have characters
 */
export function encodeTexts(count: u32, room: usize): void {
  if (isNarrow && areAscii) {
    cells = offsets;
    return;
  }
  const bytes = cellBytes();
  for (let i: usize = 0; i < count; i++) {
    const at = load<u32>(offsets + (i << 2));
    const length = load<u32>(lengths + (i << 2));
    const byteLength = load<u32>(byteLengths + (i << 2));
    if (isNarrow && byteLength == length) {
      store<u32>(cells + (i << 2), at);
    } else {
      store<u32>(cells + (i << 2), <u32>room);
      if (isNarrow) encodeNarrow(at, byteLength, room);
      else encodeWide(at, byteLength, room);
      room += <usize>(length * bytes);
    }
  }
}

/** Counts the characters of all texts anew, after their bytes were changed. */
export function measureTexts(count: u32): void {
  forgetLoaded();
  for (let i: usize = 0; i < count; i++) {
    const at = <usize>load<u32>(offsets + (i << 2));
    const bytes = load<u32>(byteLengths + (i << 2));
    let chars: u32 = 0;
    for (let j: usize = 0; j < bytes; j++) if ((load<u8>(at + j) & 0xc0) != 0x80) chars++;
    store<u32>(lengths + (i << 2), chars);
    countLoaded(chars, bytes);
  }
}

/**
 * Finds the texts that were joined without anything between them.
 *
 * @param units u32 by text: its UTF-16 code units; may be where the lengths will be
 * @returns the first text that ends inside of a character, or -1
 */
export function cutTexts(from: usize, units: usize, count: u32): i32 {
  forgetLoaded();
  let at = from;
  for (let i: usize = 0; i < count; i++) {
    let left = <i32>load<u32>(units + (i << 2));
    const begin = at;
    let chars: u32 = 0;
    for (; left >= 16 && !v128.any_true(v128.and(v128.load(at), i8x16.splat(-128))); left -= 16) {
      at += 16;
      chars += 16;
    }
    for (; left > 0; chars++) {
      const bytes = sequenceBytes(load<u8>(at));
      left -= bytes == 4 ? 2 : 1;
      at += bytes;
    }
    if (left < 0) return <i32>i;
    store<u32>(offsets + (i << 2), <u32>begin);
    store<u32>(byteLengths + (i << 2), <u32>(at - begin));
    store<u32>(lengths + (i << 2), chars);
    countLoaded(chars, <u32>(at - begin));
  }
  return -1;
}
