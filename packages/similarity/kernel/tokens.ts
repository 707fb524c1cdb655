// Tokens: what stands between white space, as Python's str.split() has it. Sorted by their UTF-8, which sorts as code points do.

import { byteLengths, codePointAt, lengths, offsets, sequenceBytes } from "./texts";

/** Up to so many tokens are sorted by insertion. */
const INSERTION_MAX: u32 = 12;
const SPACE: u32 = 0x20;

/** What Python's str.isspace() is true for; ../src/text/whitespace.ts has the same. */
@inline
export function isSpace(point: u32): bool {
  if (point < 0x80) return point == SPACE || point - 9 < 5 || point - 0x1c < 4;
  return point == 0x85 || point == 0xa0 || point == 0x1680 || point - 0x2000 < 11 || point == 0x2028 || point == 0x2029 ||
    point == 0x202f || point == 0x205f || point == 0x3000;
}

// A token is three words: where it begins, its bytes, its characters.
export const TOKEN: usize = 12;

@inline
export function tokenAt(list: usize, index: usize): usize {
  return list + index * TOKEN;
}

@inline
export function bytesAt(token: usize): usize {
  return <usize>load<u32>(token);
}

@inline
export function byteLength(token: usize): u32 {
  return load<u32>(token, 4);
}

@inline
export function charLength(token: usize): u32 {
  return load<u32>(token, 8);
}

/** As memcmp, the shorter one first where it begins the longer. */
export function compareTokens(a: usize, b: usize): i32 {
  const atA = bytesAt(a);
  const atB = bytesAt(b);
  const lengthA = byteLength(a);
  const lengthB = byteLength(b);
  const common = lengthA < lengthB ? lengthA : lengthB;
  for (let i: usize = 0; i < common; i++) {
    const difference = <i32>load<u8>(atA + i) - <i32>load<u8>(atB + i);
    if (difference != 0) return difference;
  }
  return <i32>lengthA - <i32>lengthB;
}

@inline
function copyToken(to: usize, from: usize): void {
  store<u64>(to, load<u64>(from));
  store<u32>(to, load<u32>(from, 8), 8);
}

const HELD: usize = memory.data(16, 16);

function insertionSort(list: usize, count: u32): void {
  for (let i: usize = 1; i < count; i++) {
    copyToken(HELD, tokenAt(list, i));
    let at = i;
    while (at > 0 && compareTokens(tokenAt(list, at - 1), HELD) > 0) {
      copyToken(tokenAt(list, at), tokenAt(list, at - 1));
      at--;
    }
    copyToken(tokenAt(list, at), HELD);
  }
}

/** Bottom-up merge sort; the spare list is as long. */
function mergeSort(list: usize, count: u32, spare: usize): void {
  for (let width: u32 = 1; width < count; width <<= 1) {
    for (let begin: u32 = 0; begin < count; begin += width << 1) {
      const middle = min(begin + width, count);
      const end = min(begin + (width << 1), count);
      let left = begin;
      let right = middle;
      for (let to = begin; to < end; to++) {
        const isLeft = left < middle && (right >= end || compareTokens(tokenAt(list, left), tokenAt(list, right)) <= 0);
        copyToken(tokenAt(spare, to), tokenAt(list, isLeft ? left : right));
        if (isLeft) left++;
        else right++;
      }
    }
    memory.copy(list, spare, <usize>count * TOKEN);
  }
}

/**
 * Lists a text's tokens in order.
 *
 * @param list room for as many tokens as the text may have, one for two characters and one more
 * @param spare as much room
 * @returns how many there are
 */
export function sortTokens(from: usize, bytes: u32, list: usize, spare: usize): u32 {
  const end = from + bytes;
  let count: u32 = 0;
  let begin: usize = 0;
  let chars: u32 = 0;
  for (let at = from; at < end; ) {
    const lead = <u32>load<u8>(at);
    if (isSpace(codePointAt(at, lead))) {
      if (chars > 0) {
        const token = tokenAt(list, count++);
        store<u32>(token, <u32>begin);
        store<u32>(token, <u32>(at - begin), 4);
        store<u32>(token, chars, 8);
      }
      chars = 0;
    } else {
      if (chars == 0) begin = at;
      chars++;
    }
    at += sequenceBytes(lead);
  }
  if (chars > 0) {
    const token = tokenAt(list, count++);
    store<u32>(token, <u32>begin);
    store<u32>(token, <u32>(end - begin), 4);
    store<u32>(token, chars, 8);
  }
  if (count <= INSERTION_MAX) insertionSort(list, count);
  else mergeSort(list, count, spare);
  return count;
}

/** Drops tokens that are equal to the one before; tells how many are left. */
export function uniteTokens(list: usize, count: u32): u32 {
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (kept > 0 && compareTokens(tokenAt(list, kept - 1), tokenAt(list, i)) == 0) continue;
    copyToken(tokenAt(list, kept), tokenAt(list, i));
    kept++;
  }
  return kept;
}

/** Writes tokens with a space between them; tells where they end. */
function joinTokens(list: usize, count: u32, to: usize): usize {
  for (let i: usize = 0; i < count; i++) {
    if (i > 0) store<u8>(to++, <u8>SPACE);
    const token = tokenAt(list, i);
    memory.copy(to, bytesAt(token), byteLength(token));
    to += byteLength(token);
  }
  return to;
}

/** Characters of tokens with a space between them. */
function joinedLength(list: usize, count: u32): u32 {
  let chars: u32 = count > 0 ? count - 1 : 0;
  for (let i: usize = 0; i < count; i++) chars += charLength(tokenAt(list, i));
  return chars;
}

/**
 * Puts in the place of every text the one with its tokens in order and a space between them.
 *
 * @param room for their bytes: never more than the texts have
 * @param list room for two lists of tokens of the longest
 */
export function sortTexts(count: u32, room: usize, list: usize, spare: usize): void {
  for (let i: usize = 0; i < count; i++) {
    const tokens = sortTokens(load<u32>(offsets + (i << 2)), load<u32>(byteLengths + (i << 2)), list, spare);
    const end = joinTokens(list, tokens, room);
    store<u32>(offsets + (i << 2), <u32>room);
    store<u32>(byteLengths + (i << 2), <u32>(end - room));
    store<u32>(lengths + (i << 2), joinedLength(list, tokens));
    room = end;
  }
}
