// Words as numbers: equal words of the query and of all candidates have the same, from 1, in the order in which they come.

import { tableSize } from "./table-size";
import { byteLengths, codePointAt, offsets, sequenceBytes } from "./texts";
import { isSpace } from "./tokens";

// An entry is three words: the number, where the word begins, its bytes.
const ENTRY: usize = 12;

let table: usize = 0;
let mask: u32 = 0;
/** How many different words there are. */
export let wordCount: u32 = 0;
/** u32 by text: where its words begin among {@link items}, and one more for the end of the last. */
let starts: usize = 0;
let items: usize = 0;

/** Counts the words of the texts. */
export function countWords(count: u32): u32 {
  let words: u32 = 0;
  for (let i: usize = 0; i < count; i++) words += split(load<u32>(offsets + (i << 2)), load<u32>(byteLengths + (i << 2)), 0);
  return words;
}

/** @param words of the query and all texts */
export function wordBytes(words: u32, count: u32): usize {
  return <usize>tableSize(words) * ENTRY + (<usize>words + <usize>count + 2) * 4;
}

/** FNV-1a (Fowler, Noll and Vo, 1991). */
function numberOf(at: usize, bytes: u32): u32 {
  let hash: u32 = 0x811c9dc5;
  for (let i: usize = 0; i < bytes; i++) hash = (hash ^ <u32>load<u8>(at + i)) * 0x01000193;
  hash ^= hash >> 15;
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const entry = table + <usize>slot * ENTRY;
    const number = load<u32>(entry);
    if (number == 0) {
      wordCount++;
      store<u32>(entry, wordCount);
      store<u32>(entry, <u32>at, 4);
      store<u32>(entry, bytes, 8);
      return wordCount;
    }
    if (load<u32>(entry, 8) == bytes && isSame(<usize>load<u32>(entry, 4), at, bytes)) return number;
  }
  return 0;
}

@inline
function isSame(a: usize, b: usize, bytes: u32): bool {
  for (let i: usize = 0; i < bytes; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

/** Tells how many words a text has, and writes their numbers unless there is no place for them. */
function split(from: usize, bytes: u32, to: usize): u32 {
  const end = from + bytes;
  let words: u32 = 0;
  let begin: usize = 0;
  for (let at = from; at <= end; ) {
    const lead: u32 = at < end ? load<u8>(at) : 0x20;
    if (isSpace(codePointAt(at, lead))) {
      if (begin != 0) {
        if (to != 0) store<u32>(to + (<usize>words << 2), numberOf(begin, <u32>(at - begin)));
        words++;
        begin = 0;
      }
    } else if (begin == 0) begin = at;
    at += sequenceBytes(lead);
  }
  return words;
}

/**
 * Numbers the words of the query, written to `queryItems`, and then those of all texts.
 *
 * @returns the words of the query
 */
export function numberWords(query: usize, queryBytes: u32, queryItems: usize, count: u32, scratch: usize, words: u32): u32 {
  table = scratch;
  mask = tableSize(words) - 1;
  starts = table + <usize>tableSize(words) * ENTRY;
  items = starts + ((<usize>count + 1) << 2);
  memory.fill(table, 0, <usize>tableSize(words) * ENTRY);
  wordCount = 0;
  const queryWords = split(query, queryBytes, queryItems);
  let at: u32 = 0;
  for (let i: usize = 0; i < count; i++) {
    store<u32>(starts + (i << 2), at);
    at += split(load<u32>(offsets + (i << 2)), load<u32>(byteLengths + (i << 2)), items + (<usize>at << 2));
  }
  store<u32>(starts + (<usize>count << 2), at);
  return queryWords;
}

@inline
export function wordsOf(text: usize): usize {
  return items + (<usize>load<u32>(starts + (text << 2)) << 2);
}

@inline
export function wordCountOf(text: usize): u32 {
  return load<u32>(starts + ((text + 1) << 2)) - load<u32>(starts + (text << 2));
}

export function countQueryWords(query: usize, queryBytes: u32): u32 {
  return split(query, queryBytes, 0);
}
