// Where scores go: f64 by text.

import { length as queryLength } from "./query";

export let scores: usize = 0;

export function setScores(at: usize): void {
  scores = at;
}

/** Stores 1 − d / max, d a distance that is at most max, and max more than 0: the query is not empty. */
@inline
export function scoreDistance(text: usize, distance: u32, max: u32): void {
  store<f64>(scores + (text << 3), 1 - <f64>distance / <f64>max);
}

@inline
function passes(at: usize, least: f64, above: f64): v128 {
  const two = v128.load(at);
  return v128.and(f64x2.ge(two, f64x2.splat(least)), f64x2.gt(two, f64x2.splat(above)));
}

/** The first of the texts `from` to `to` that scores at least `least` and more than `above`; `to` when there is none. */
export function nextScore(from: u32, to: u32, least: f64, above: f64): u32 {
  let at = scores + (<usize>from << 3);
  const end = scores + (<usize>to << 3);
  for (; at + 64 <= end; at += 64) {
    const four = v128.or(passes(at, least, above), passes(at + 16, least, above));
    if (v128.any_true(v128.or(four, v128.or(passes(at + 32, least, above), passes(at + 48, least, above))))) break;
  }
  while (at < end && !(load<f64>(at) >= least && load<f64>(at) > above)) at += 8;
  return <u32>((at - scores) >> 3);
}

@inline
export function longer(length: u32): u32 {
  return length > queryLength ? length : queryLength;
}

/** What is counted, and what it is held against. */
export const enum Edits {
  levenshtein,
  osa,
  damerau,
  ratio,
  lcs,
}

/** A text of so many characters with more edits than this scores less. */
export function editsMax(edits: Edits, length: u32, scoreMin: f64): u32 {
  const max = longer(length);
  if (edits <= Edits.damerau) return min(max, <u32>((1 - scoreMin) * <f64>max) + 1);
  const both = length + queryLength;
  // Insertions and deletions: what is missing of the longer text is missing once, and then the shorter one has the rest.
  const missing = edits == Edits.ratio ? (1 - scoreMin) * <f64>both : <f64>both - 2 * scoreMin * <f64>max;
  return missing < 0 ? 0 : min(both, <u32>missing + 2);
}
