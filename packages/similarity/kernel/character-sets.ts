// Single characters, each counted once: the n-grams of grams.ts where n is 1 and a set is wanted, without hashing.

import { isSpaceAdded, SYMBOL_OF } from "./query";
import { byteLengths, codePointAt, offsets, sequenceBytes } from "./texts";

const CODE_POINTS: usize = 0x110000;
const SPACE: u32 = 0x20;

/** u32 by code point: the stamp of the text that had it last. */
const SEEN: usize = memory.data(0x110000 * 4, 16);
let stamp: u32 = 0;

/** Of the text that was counted last: its different characters, and those that the query has as well. */
export let distinctCharacters: u32 = 0;
export let sharedCharacters: u32 = 0;

export function countCharacterSet(text: usize): void {
  stamp += 1;
  if (stamp == 0) {
    memory.fill(SEEN, 0, CODE_POINTS << 2);
    stamp = 1;
  }
  distinctCharacters = 0;
  sharedCharacters = 0;
  const begin = <usize>load<u32>(offsets + (text << 2));
  const end = begin + load<u32>(byteLengths + (text << 2));
  for (let at = begin; at < end; ) {
    const lead = <u32>load<u8>(at);
    const point = codePointAt(at, lead);
    at += sequenceBytes(lead);
    const seen = SEEN + (<usize>point << 2);
    if (load<u32>(seen) == stamp) continue;
    store<u32>(seen, stamp);
    distinctCharacters++;
    if (load<u32>(SYMBOL_OF + (<usize>point << 2)) != 0 && !(isSpaceAdded && point == SPACE)) sharedCharacters++;
  }
}
