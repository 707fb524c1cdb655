// The length of the longest common subsequence: Hyyrö, 2004, "Bit-parallel LCS-length computation revisited". The zero bits of S are the
// rows at which the LCS grows.

import { order } from "./classes";
import { countBits, countOf, COUNTS, lanesOf, MATCHES, match, ROW } from "./lanes";
import { columns, length as queryLength } from "./query";
import { longer, scoreDistance } from "./scores";
import { lengthOf } from "./texts";

/** What is made of an LCS: the InDel distance against both lengths, or what of the longer text is not in it. */
@inline
export function scoreLcs(text: usize, lcs: u32, length: u32, isRatio: bool): void {
  if (isRatio) scoreDistance(text, queryLength + length - 2 * lcs, queryLength + length);
  else scoreDistance(text, longer(length) - lcs, longer(length));
}

@inline
function step<T>(state: v128, equal: v128): v128 {
  const both = v128.and(state, equal);
  return v128.or(v128.add<T>(state, both), v128.sub<T>(state, both));
}

/** Scores texts that fit a lane of T, from `at` in the order. */
export function lcsShort<T>(at: u32, end: u32, isRatio: bool): void {
  const lanes = lanesOf<T>();
  for (; at < end; at += lanes) {
    const count = end - at < lanes ? end - at : lanes;
    match<T>(at, count);
    let s0 = i64x2.splat(-1);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    const last = columns + (<usize>queryLength << 2);
    for (let column = columns; column < last; column += 4) {
      const row = MATCHES + <usize>load<u32>(column) * ROW;
      s0 = step<T>(s0, v128.load(row));
      s1 = step<T>(s1, v128.load(row, 16));
      s2 = step<T>(s2, v128.load(row, 32));
      s3 = step<T>(s3, v128.load(row, 48));
    }
    v128.store(COUNTS, countBits<T>(v128.not(s0), 0));
    v128.store(COUNTS, countBits<T>(v128.not(s1), 16), 16);
    v128.store(COUNTS, countBits<T>(v128.not(s2), 32), 32);
    v128.store(COUNTS, countBits<T>(v128.not(s3), 48), 48);
    for (let lane: usize = 0; lane < count; lane++) {
      const text = <usize>load<u32>(order + ((<usize>at + lane) << 2));
      const length = lengthOf(text);
      scoreLcs(text, countOf<T>(lane), length, isRatio);
    }
  }
}
