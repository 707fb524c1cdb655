// Where scores go: f64 by text.

import { length as queryLength } from "./query";

export let scores: usize = 0;

export function setScores(at: usize): void {
  scores = at;
}

/** Stores 1 − d / max, d a distance that is at most max; two empty texts are alike. */
@inline
export function scoreDistance(text: usize, distance: u32, max: u32): void {
  store<f64>(scores + (text << 3), max == 0 ? 1 : 1 - <f64>distance / <f64>max);
}

@inline
export function longer(length: u32): u32 {
  return length > queryLength ? length : queryLength;
}
