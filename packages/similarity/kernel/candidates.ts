// Finds the texts in a JSON array of strings or { "id"?, "text" } objects (RFC 8259), straight from its UTF-8 (RFC 3629), sixteen bytes
// at a time. Texts stay where they are; escapes are decoded in place, since they only ever shrink.
//
// It takes what such an array looks like as a program writes it, and declines the rest: what is wrong, and what is right but odd, such as
// a name with escapes or the same name twice. The host looks at that in its own, slower way.

import { byteLengths, countLoaded, countRun, forgetLoaded, lengths, loadedLongest, offsets } from "./texts";
import { isUtf8 } from "./utf8";

const QUOTE: u32 = 0x22;
const BACKSLASH: u32 = 0x5c;
const COMMA: u32 = 0x2c;
const COLON: u32 = 0x3a;
const OPEN_ARRAY: u32 = 0x5b;
const CLOSE_ARRAY: u32 = 0x5d;
const OPEN_OBJECT: u32 = 0x7b;
const CLOSE_OBJECT: u32 = 0x7d;
/** `text` and `id"` as little-endian words. */
const TEXT: u32 = 0x74786574;
const ID: u32 = 0x226469;

/** u32 by text: where its id's string begins, quote included, from the array's start; and its bytes, 0 for none. */
let idOffsets: usize = 0;
let idLengths: usize = 0;

/** Texts are stored by these bits of their index: all, or fewer where they are only counted. */
let kept: usize = 0;
let countMax: u32 = 0;
let escapesLeft: u32 = 0;
let charsMax: u32 = 0;
let idCharsMax: u32 = 0;
/** Bytes of all ids, as the strings they are. */
export let scannedIdBytes: u32 = 0;
export let scannedCount: u32 = 0;
/** Where the candidates of a submission stand in it. */
export let candidatesBegin: u32 = 0;
export let candidatesEnd: u32 = 0;
/** Of the string that was scanned last: where its decoded bytes end, and its characters. */
let stringEnd: usize = 0;
let stringChars: u32 = 0;

@inline
function skipSpace(at: usize): usize {
  let byte = <u32>load<u8>(at);
  // Mostly there is none.
  while (byte <= 0x20 && (byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09)) {
    at++;
    byte = load<u8>(at);
  }
  return at;
}

/** -1 for what is no hexadecimal digit. */
@inline
function hexDigit(byte: u32): i32 {
  if (byte - 0x30 < 10) return <i32>(byte - 0x30);
  const letter = (byte | 0x20) - 0x61;
  return letter < 6 ? <i32>letter + 10 : -1;
}

/** The UTF-16 code unit of four hexadecimal digits, or -1. */
function unitAt(at: usize): i32 {
  let unit: i32 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const digit = hexDigit(load<u8>(at + i));
    if (digit < 0) return -1;
    unit = (unit << 4) | digit;
  }
  return unit;
}

/** What stands behind the backslash of a short escape, or 0. */
function shortEscape(byte: u32): u32 {
  if (byte == QUOTE || byte == BACKSLASH || byte == 0x2f) return byte;
  if (byte == 0x62) return 8;
  if (byte == 0x66) return 12;
  if (byte == 0x6e) return 10;
  if (byte == 0x72) return 13;
  return byte == 0x74 ? 9 : 0;
}

function writeCodePoint(to: usize, point: u32): usize {
  if (point < 0x80) {
    store<u8>(to, <u8>point);
    return to + 1;
  }
  if (point < 0x800) {
    store<u8>(to, <u8>(0xc0 | (point >> 6)));
    store<u8>(to, <u8>(0x80 | (point & 0x3f)), 1);
    return to + 2;
  }
  if (point < 0x10000) {
    store<u8>(to, <u8>(0xe0 | (point >> 12)));
    store<u8>(to, <u8>(0x80 | ((point >> 6) & 0x3f)), 1);
    store<u8>(to, <u8>(0x80 | (point & 0x3f)), 2);
    return to + 3;
  }
  store<u8>(to, <u8>(0xf0 | (point >> 18)));
  store<u8>(to, <u8>(0x80 | ((point >> 12) & 0x3f)), 1);
  store<u8>(to, <u8>(0x80 | ((point >> 6) & 0x3f)), 2);
  store<u8>(to, <u8>(0x80 | (point & 0x3f)), 3);
  return to + 4;
}

/**
 * Scans a string from behind its opening quote.
 *
 * @param isDecoded whether escapes are decoded in place
 * @returns the address behind the closing quote; 0 to decline
 */
function scanString(from: usize, isDecoded: bool): usize {
  let at = from;
  let chars: u32 = 0;
  // Most have nothing that is to be decoded.
  let bytes = v128.load(at);
  let special = specialIn(bytes);
  while (special == 0) {
    chars += 16 - popcnt(continuationsIn(bytes));
    at += 16;
    bytes = v128.load(at);
    special = specialIn(bytes);
  }
  const left = ctz(special);
  if (load<u8>(at + left) == QUOTE) {
    stringEnd = at + left;
    stringChars = chars + left - popcnt(continuationsIn(bytes) & ((1 << left) - 1));
    return stringEnd + 1;
  }
  let to = at;
  for (;;) {
    bytes = v128.load(at);
    special = specialIn(bytes);
    const plain = special == 0 ? 16 : ctz(special);
    // The whole vector would overwrite what is still to be read, unless all of it has been.
    if (to != at) {
      if (special == 0) v128.store(to, bytes);
      else memory.copy(to, at, plain);
    }
    at += plain;
    to += plain;
    chars += plain - popcnt(continuationsIn(bytes) & ((1 << plain) - 1));
    if (special == 0) continue;
    const byte = <u32>load<u8>(at);
    if (byte == QUOTE) break;
    if (byte != BACKSLASH || escapesLeft == 0) return 0;
    escapesLeft--;
    chars++;
    const escaped = <u32>load<u8>(at, 1);
    let point: i32;
    if (escaped == 0x75) {
      point = unitAt(at + 2);
      if (point < 0 || (point & 0xfc00) == 0xdc00) return 0;
      at += 6;
      if ((point & 0xfc00) == 0xd800) {
        if (load<u16>(at) != 0x755c) return 0;
        const low = unitAt(at + 2);
        if (low < 0 || (low & 0xfc00) != 0xdc00) return 0;
        point = 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff);
        at += 6;
      }
    } else {
      point = <i32>shortEscape(escaped);
      if (point == 0) return 0;
      at += 2;
    }
    to = isDecoded ? writeCodePoint(to, <u32>point) : at;
  }
  stringEnd = to;
  stringChars = chars;
  return at + 1;
}

/** A comma and a quote, as a little-endian word. */
const COMMA_QUOTE: u32 = 0x222c;

@inline
function quotesIn(bytes: v128): u32 {
  return <u32>i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)));
}

/** What neither stands for itself nor is a quote. */
@inline
function othersIn(bytes: v128): v128 {
  return v128.or(i8x16.eq(bytes, i8x16.splat(<i8>BACKSLASH)), i8x16.lt_u(bytes, i8x16.splat(0x20)));
}

/** Bytes that end a run of what stands for itself, a bit each of the sixteen. */
@inline
function specialIn(bytes: v128): u32 {
  return <u32>i8x16.bitmask(v128.or(i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)), othersIn(bytes)));
}

/** Bytes that go on with a character. */
@inline
function continuationsIn(bytes: v128): u32 {
  return <u32>i8x16.bitmask(i8x16.lt_s(bytes, i8x16.splat(-64)));
}

@inline
function join(a: u32, b: u32, c: u32, d: u32): u64 {
  return <u64>(a | (b << 16)) | (<u64>(c | (d << 16)) << 32);
}

/** Bytes that are looked at together: a bit each of a word. */
const BLOCK: usize = 64;
/** Where a run of plain texts ended: behind an opening quote, and that text's index. */
let runAt: usize = 0;
let runIndex: usize = 0;

/**
 * Scans texts from behind an opening quote, as long as each stands for itself and `,"` follows it.
 *
 * Where a text ends is only known when it was looked at, and the next one would wait for that; so the quotes of a whole block are found
 * first.
 */
function scanRun(from: usize, first: usize): void {
  let open = from;
  let index = first;
  let chars: u32 = 0;
  let isAscii = true;
  // Continuation bytes of the text that was begun in an earlier block.
  let inside: u32 = 0;
  let longest = loadedLongest;
  let block = from;
  let isOver = false;
  while (!isOver && index < countMax) {
    const bytes0 = v128.load(block);
    const bytes1 = v128.load(block, 16);
    const bytes2 = v128.load(block, 32);
    const bytes3 = v128.load(block, 48);
    let quotes = join(quotesIn(bytes0), quotesIn(bytes1), quotesIn(bytes2), quotesIn(bytes3));
    const others0 = othersIn(bytes0);
    const others1 = othersIn(bytes1);
    const others2 = othersIn(bytes2);
    const others3 = othersIn(bytes3);
    if (v128.any_true(v128.or(v128.or(others0, others1), v128.or(others2, others3)))) {
      const others = join(
        i8x16.bitmask(others0), i8x16.bitmask(others1), i8x16.bitmask(others2), i8x16.bitmask(others3),
      );
      quotes &= (others & (0 - others)) - 1;
      isOver = true;
    }
    let continuations: u64 = 0;
    if (i8x16.bitmask(v128.or(v128.or(bytes0, bytes1), v128.or(bytes2, bytes3))) != 0) {
      isAscii = false;
      continuations = join(
        continuationsIn(bytes0), continuationsIn(bytes1), continuationsIn(bytes2), continuationsIn(bytes3),
      );
    }
    let next = block + BLOCK;
    while (quotes != 0) {
      const bit = ctz(quotes);
      const close = block + <usize>bit;
      const bytes = <u32>(close - open);
      const before = ((<u64>1) << bit) - 1;
      const length = bytes - inside - <u32>popcnt(continuations & before);
      if (load<u16>(close, 1) != COMMA_QUOTE || length > charsMax) {
        isOver = true;
        break;
      }
      const place = (index & kept) << 2;
      store<u32>(offsets + place, <u32>open);
      store<u32>(byteLengths + place, bytes);
      store<u32>(lengths + place, length);
      store<u32>(idLengths + place, 0);
      continuations &= ~before;
      inside = 0;
      chars += length;
      longest = max(longest, length);
      open = close + 3;
      index++;
      if (index == countMax) break;
      if (open > next) {
        next = open;
        break;
      }
      // The closing and the next opening one.
      quotes &= quotes - 1;
      quotes &= quotes - 1;
    }
    inside += <u32>popcnt(continuations);
    block = next;
  }
  countRun(chars, isAscii, longest);
  runAt = open;
  runIndex = index;
}

/**
 * Scans a text from behind its opening quote.
 *
 * @param place bytes into the arrays by text
 */
@inline
function scanText(at: usize, place: usize): usize {
  const behind = scanString(at, true);
  if (behind == 0 || stringChars > charsMax) return 0;
  store<u32>(offsets + place, <u32>at);
  store<u32>(byteLengths + place, <u32>(stringEnd - at));
  store<u32>(lengths + place, stringChars);
  countLoaded(stringChars, <u32>(stringEnd - at));
  return behind;
}

/** Scans an object from behind its opening brace. */
function scanObject(from: usize, place: usize, start: usize): usize {
  let at = from;
  let hasText = false;
  let next = COMMA;
  while (next == COMMA) {
    at = skipSpace(at);
    if (load<u8>(at) != QUOTE) return 0;
    const isText = load<u32>(at, 1) == TEXT && load<u8>(at, 5) == QUOTE;
    const isId = (load<u32>(at, 1) & 0xffffff) == ID;
    if (!isText && !isId) return 0;
    at = skipSpace(at + (isText ? 6 : 4));
    if (load<u8>(at) != COLON) return 0;
    at = skipSpace(at + 1);
    if (load<u8>(at) != QUOTE) return 0;
    if (isText) {
      if (hasText) return 0;
      hasText = true;
      at = scanText(at + 1, place);
      if (at == 0) return 0;
    } else {
      if (load<u32>(idLengths + place) != 0) return 0;
      const behind = scanString(at + 1, false);
      if (behind == 0 || stringChars == 0 || stringChars > idCharsMax) return 0;
      store<u32>(idOffsets + place, <u32>(at - start));
      store<u32>(idLengths + place, <u32>(behind - at));
      scannedIdBytes += <u32>(behind - at);
      at = behind;
    }
    at = skipSpace(at);
    next = load<u8>(at);
    at++;
  }
  return next == CLOSE_OBJECT && hasText ? at : 0;
}

/** Scans an array; tells the address behind it, or 0 to decline. How many texts it has is in {@link scannedCount}. */
function scanArray(from: usize, start: usize): usize {
  if (load<u8>(from) != OPEN_ARRAY) return 0;
  let at = skipSpace(from + 1);
  for (let index: usize = 0; ; index++) {
    if (index == countMax) return 0;
    let place = (index & kept) << 2;
    store<u32>(idLengths + place, 0);
    const first = <u32>load<u8>(at);
    if (first == QUOTE) {
      scanRun(at + 1, index);
      index = runIndex;
      if (index == countMax) return 0;
      place = (index & kept) << 2;
      store<u32>(idLengths + place, 0);
      at = scanText(runAt, place);
    } else if (first == OPEN_OBJECT) at = scanObject(at + 1, place, start);
    else return 0;
    if (at == 0) return 0;
    // Mostly a string follows at once.
    if (load<u16>(at) == COMMA_QUOTE) {
      at++;
      continue;
    }
    at = skipSpace(at);
    const next = <u32>load<u8>(at);
    if (next == CLOSE_ARRAY) {
      scannedCount = <u32>index + 1;
      return at + 1;
    }
    if (next != COMMA) return 0;
    at = skipSpace(at + 1);
  }
  return 0;
}

/**
 * To be called before a scan. Behind the end of what is scanned 16 zero bytes must follow, which belong to no text.
 *
 * @param textsMax more are too many
 * @param keptBits of an index, by which texts and ids are stored
 * @param escapesMax more are declined: they take much longer than all else
 * @param idOffsetsAt u32 by text
 * @param idLengthsAt u32 by text
 */
export function setScan(
  textsMax: u32, textCharsMax: u32, idsCharsMax: u32, keptBits: u32, escapesMax: u32, idOffsetsAt: usize, idLengthsAt: usize,
): void {
  countMax = textsMax;
  charsMax = textCharsMax;
  idCharsMax = idsCharsMax;
  kept = keptBits;
  escapesLeft = escapesMax;
  idOffsets = idOffsetsAt;
  idLengths = idLengthsAt;
  scannedIdBytes = 0;
  forgetLoaded();
}

/** Quotes in bytes, behind which 16 zero bytes must follow: there are two at the least for a text. */
export function countQuotes(start: usize, bytes: u32): u32 {
  let count: u32 = 0;
  for (let at = start; at < start + bytes; at += 16) count += popcnt(quotesIn(v128.load(at)));
  return count;
}

/** Scans a document that is an array of candidates; tells whether it is one. */
export function scanCandidates(start: usize, bytes: u32): bool {
  if (!isUtf8(start, bytes)) return false;
  const at = scanArray(skipSpace(start), start);
  return at != 0 && skipSpace(at) == start + bytes;
}

/** Whether the `count` bytes from here on hold a backslash. */
function hasEscape(at: usize, count: usize): bool {
  for (let i: usize = 0; i < count; i++) if (load<u8>(at + i) == BACKSLASH) return true;
  return false;
}

/** The address behind a value, of which only the strings and the depth are looked at; 0 to decline. */
function skipValue(from: usize): usize {
  let at = from;
  let depth: u32 = 0;
  for (;;) {
    const byte = <u32>load<u8>(at);
    if (byte == QUOTE) {
      at = scanString(at + 1, false);
      if (at == 0) return 0;
    } else if (byte == OPEN_ARRAY || byte == OPEN_OBJECT) {
      depth++;
      at++;
    } else if (byte == CLOSE_ARRAY || byte == CLOSE_OBJECT) {
      if (depth == 0) return 0;
      depth--;
      at++;
    } else if (depth > 0 && (byte == COMMA || byte == COLON)) at++;
    else if (byte > 0x20) while (isPartOfLiteral(load<u8>(at))) at++;
    else return 0;
    if (depth == 0) return at;
    at = skipSpace(at);
  }
  return 0;
}

/** Whether a byte goes on with a number or a literal, or is none that stands anywhere: whoever parses the value finds that out. */
@inline
function isPartOfLiteral(byte: u32): bool {
  return byte > 0x20 && byte != COMMA && byte != COLON && byte != QUOTE &&
    byte != OPEN_ARRAY && byte != CLOSE_ARRAY && byte != OPEN_OBJECT && byte != CLOSE_OBJECT;
}

/**
 * Scans an object that has candidates as one of its members. What else it has is left to be parsed, and may be wrong in any way but that it
 * says where it ends.
 *
 * @param member the name of that member
 * @returns whether it is one; then the candidates are from {@link candidatesBegin} to {@link candidatesEnd}
 */
export function scanSubmission(start: usize, bytes: u32, member: usize, memberBytes: u32): bool {
  candidatesBegin = 0;
  if (!isUtf8(start, bytes)) return false;
  let at = skipSpace(start);
  if (load<u8>(at) != OPEN_OBJECT) return false;
  let next = COMMA;
  while (next == COMMA) {
    at = skipSpace(at + 1);
    if (load<u8>(at) != QUOTE) return false;
    const name = at + 1;
    at = scanString(name, false);
    // A name may be written in many ways.
    if (at == 0 || hasEscape(name, at - name)) return false;
    const isCandidates = at - name == memberBytes + 1 && memory.compare(name, member, memberBytes) == 0;
    at = skipSpace(at);
    if (load<u8>(at) != COLON) return false;
    at = skipSpace(at + 1);
    if (isCandidates) {
      if (candidatesBegin != 0) return false;
      candidatesBegin = <u32>(at - start);
      at = scanArray(at, start);
      candidatesEnd = <u32>(at - start);
    } else at = skipValue(at);
    if (at == 0) return false;
    at = skipSpace(at);
    next = load<u8>(at);
  }
  return next == CLOSE_OBJECT && candidatesBegin != 0 && skipSpace(at + 1) == start + bytes;
}
