// n-grams, of characters or of words: how often each one stands in the query and in a candidate.
//
// A text is a row of u32 items: its code points, or numbers of its words. A gram is n items on end; a text with fewer is one gram. The
// query's grams are in a table of their own, in which a candidate counts; what only the candidate has goes into a second one. No table is
// cleared: an entry belongs to whoever's stamp it bears.

import { tableSize } from "./table-size";
import { byteLengths, decode, offsets } from "./texts";

/** No gram reaches across it: NUL where the host puts it between words, else what no text has. */
let separator: u32 = 0x110000;

// An entry is four words: the stamp, where the gram begins, how often it stands in the query, and in the candidate.
const ENTRY: usize = 16;

/** A table of entries: where it is, and one less than its size, a power of two. */
let queryTable: usize = 0;
let queryMask: u32 = 0;
let ownTable: usize = 0;

let queryItems: usize = 0;
let queryCount: u32 = 0;
let items: usize = 0;
/** u32: the entries that the candidate has, in the order in which it has them first. */
let found: usize = 0;
export let foundCount: u32 = 0;

/** Items of a gram. */
let gramItems: u32 = 2;
let stamp: u32 = 0;

/** Grams of query and candidate, each as often as it stands there, and each once. */
export let queryTotal: u32 = 0;
export let queryDistinct: u32 = 0;
export let total: u32 = 0;

export function gramBytes(queryLength: u32, lengthMax: u32): usize {
  const entries = <usize>(tableSize(queryLength + 1) + tableSize(lengthMax + 1)) * ENTRY;
  return entries + (<usize>queryLength + <usize>lengthMax * 2 + 8) * 4;
}

/** Lays the tables out for a query of so many items. */
export function setGrams(scratch: usize, queryLength: u32, lengthMax: u32, n: u32, isSeparated: bool): void {
  queryMask = tableSize(queryLength + 1) - 1;
  queryTable = scratch;
  ownTable = queryTable + <usize>(queryMask + 1) * ENTRY;
  const ownBytes = <usize>tableSize(lengthMax + 1) * ENTRY;
  queryItems = ownTable + ownBytes;
  items = queryItems + (<usize>queryLength << 2) + 8;
  found = items + (<usize>lengthMax << 2) + 8;
  memory.fill(queryTable, 0, <usize>(queryMask + 1) * ENTRY + ownBytes);
  gramItems = n;
  separator = isSeparated ? 0 : 0x110000;
  stamp = 0;
}

export function queryItemsAt(): usize {
  return queryItems;
}

export function itemsAt(): usize {
  return items;
}

/** Fibonacci hashing, item by item (Knuth, The Art of Computer Programming, volume 3, 6.4). */
@inline
function hashOf(gram: usize, width: u32): u32 {
  let hash = width;
  for (let i: usize = 0; i < width; i++) hash = (rotl<u32>(hash, 5) ^ load<u32>(gram + (i << 2))) * 0x9e3779b1;
  return hash ^ (hash >> 15);
}

@inline
function areEqual(a: usize, b: usize, width: u32): bool {
  for (let i: usize = 0; i < width; i++) if (load<u32>(a + (i << 2)) != load<u32>(b + (i << 2))) return false;
  return true;
}

/** The entry of a gram, or the free one where it belongs. */
function entryOf(table: usize, mask: u32, wanted: u32, gram: usize, hash: u32, width: u32): usize {
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const entry = table + <usize>slot * ENTRY;
    if (load<u32>(entry) != wanted || areEqual(<usize>load<u32>(entry, 4), gram, width)) return entry;
  }
  return 0;
}

/** Items of every gram of a text of so many: n, or all that there are. */
@inline
function widthFor(itemCount: u32): u32 {
  return itemCount < gramItems ? itemCount : gramItems;
}

@inline
function isSplit(gram: usize, width: u32): bool {
  if (separator != 0) return false;
  for (let i: usize = 0; i < width; i++) if (load<u32>(gram + (i << 2)) == separator) return true;
  return false;
}

const QUERY_STAMP: u32 = 0xffffffff;

/** Counts the grams of the query's items, which stand at {@link queryItemsAt}. */
export function countQuery(itemCount: u32): void {
  queryCount = itemCount;
  queryTotal = 0;
  queryDistinct = 0;
  const width = widthFor(itemCount);
  if (itemCount == 0) return;
  for (let i: u32 = 0; i + width <= itemCount; i++) {
    const gram = queryItems + (<usize>i << 2);
    if (isSplit(gram, width)) continue;
    const entry = entryOf(queryTable, queryMask, QUERY_STAMP, gram, hashOf(gram, width), width);
    if (load<u32>(entry) != QUERY_STAMP) {
      store<u32>(entry, QUERY_STAMP);
      store<u32>(entry, <u32>gram, 4);
      store<u32>(entry, 0, 8);
      store<u32>(entry, 0, 12);
      queryDistinct++;
    }
    store<u32>(entry, load<u32>(entry, 8) + 1, 8);
    queryTotal++;
  }
}

/** Counts the grams of a candidate's items, which stand at {@link itemsAt}, which {@link forget} sets back. */
export function countCandidate(itemCount: u32): void {
  total = 0;
  foundCount = 0;
  stamp++;
  const width = widthFor(itemCount);
  if (itemCount == 0) return;
  const ownMask = tableSize(itemCount + 1) - 1;
  const isComparable = width == widthFor(queryCount) && queryCount > 0;
  for (let i: u32 = 0; i + width <= itemCount; i++) {
    const gram = items + (<usize>i << 2);
    if (isSplit(gram, width)) continue;
    total++;
    const hash = hashOf(gram, width);
    let entry: usize = 0;
    if (isComparable) {
      entry = entryOf(queryTable, queryMask, QUERY_STAMP, gram, hash, width);
      if (load<u32>(entry) != QUERY_STAMP) entry = 0;
    }
    if (entry == 0) {
      entry = entryOf(ownTable, ownMask, stamp, gram, hash, width);
      if (load<u32>(entry) != stamp) {
        store<u32>(entry, stamp);
        store<u32>(entry, <u32>gram, 4);
        store<u64>(entry, 0, 8);
      }
    }
    const before = load<u32>(entry, 12);
    if (before == 0) {
      store<u32>(found + (<usize>foundCount << 2), <u32>entry);
      foundCount++;
    }
    store<u32>(entry, before + 1, 12);
  }
}

@inline
export function foundEntry(index: usize): usize {
  return <usize>load<u32>(found + (index << 2));
}

@inline
export function inQuery(entry: usize): u32 {
  return load<u32>(entry, 8);
}

@inline
export function inCandidate(entry: usize): u32 {
  return load<u32>(entry, 12);
}

/** Sets the candidate's counts back. */
export function forget(): void {
  for (let i: usize = 0; i < foundCount; i++) store<u32>(foundEntry(i), 0, 12);
}

/** The sum of the squares of how often each gram stands in the query; it needs more than 32 bits. */
export function querySquares(): f64 {
  let squares: f64 = 0;
  for (let slot: usize = 0; slot <= queryMask; slot++) {
    const entry = queryTable + slot * ENTRY;
    if (load<u32>(entry) == QUERY_STAMP) squares += <f64>inQuery(entry) * <f64>inQuery(entry);
  }
  return squares;
}

/** Writes a text's characters as items. */
export function readCharacters(text: usize, to: usize): u32 {
  return decode(load<u32>(offsets + (text << 2)), load<u32>(byteLengths + (text << 2)), to);
}
