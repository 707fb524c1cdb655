// The Levenshtein distance: Myers, 1999, "A fast bit-vector algorithm for approximate string matching based on dynamic programming",
// in the form of Hyyrö, 2003, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances".
//
// VP and VN are the rows at which the matrix grows or shrinks from the row above; D0 those at which it does not grow along the diagonal.
// Here HP is kept inverted: the first row grows in every column, and what a shift brings in is 0.

import { order } from "./classes";
import { countBits, COUNTS, lanesOf, MATCHES, match, ROW } from "./lanes";
import { columns, length as queryLength } from "./query";
import { longer, scoreDistance } from "./scores";
import { lengthOf } from "./texts";

@inline
export function double<T>(vector: v128): v128 {
  return v128.add<T>(vector, vector);
}

/** Where a run of rows that do not grow reaches down from a match: see Hyyrö; with the matches, D0 without the rows that shrink. */
@inline
export function carriedOver<T>(equal: v128, vp: v128): v128 {
  return v128.xor(v128.add<T>(v128.and(equal, vp), vp), vp);
}

/** By how much the matrix grows down a lane's last column; less than 0 where it shrinks. */
@inline
export function growthOf<T>(lane: usize): i32 {
  if (sizeof<T>() == 1) return <i32>load<i8>(COUNTS + lane);
  if (sizeof<T>() == 2) return <i32>load<i16>(COUNTS + (lane << 1));
  return load<i32>(COUNTS + lane * sizeof<T>());
}

/** The distances but for the query's length, modulo what T holds. */
@inline
export function distances<T>(vp: v128, vn: v128, offset: usize): v128 {
  return v128.sub<T>(countBits<T>(vp, offset), countBits<T>(vn, offset));
}

/** Scores texts that fit a lane of T, from `at` in the order. */
export function levenshteinShort<T>(at: u32, end: u32): void {
  const lanes = lanesOf<T>();
  for (; at < end; at += lanes) {
    const count = end - at < lanes ? end - at : lanes;
    match<T>(at, count);
    let vp0 = i64x2.splat(-1);
    let vn0 = i64x2.splat(0);
    let vp1 = vp0;
    let vn1 = vn0;
    let vp2 = vp0;
    let vn2 = vn0;
    let vp3 = vp0;
    let vn3 = vn0;
    const last = columns + (<usize>queryLength << 2);
    for (let column = columns; column < last; column += 4) {
      const row = MATCHES + <usize>load<u32>(column) * ROW;
      let equal = v128.load(row);
      let x = carriedOver<T>(equal, vp0);
      let d0 = v128.or(x, v128.or(equal, vn0));
      let hp = double<T>(v128.andnot(v128.or(x, v128.or(equal, vp0)), vn0));
      let hn = double<T>(v128.and(d0, vp0));
      vp0 = v128.or(hn, v128.andnot(hp, d0));
      vn0 = v128.andnot(d0, hp);
      equal = v128.load(row, 16);
      x = carriedOver<T>(equal, vp1);
      d0 = v128.or(x, v128.or(equal, vn1));
      hp = double<T>(v128.andnot(v128.or(x, v128.or(equal, vp1)), vn1));
      hn = double<T>(v128.and(d0, vp1));
      vp1 = v128.or(hn, v128.andnot(hp, d0));
      vn1 = v128.andnot(d0, hp);
      equal = v128.load(row, 32);
      x = carriedOver<T>(equal, vp2);
      d0 = v128.or(x, v128.or(equal, vn2));
      hp = double<T>(v128.andnot(v128.or(x, v128.or(equal, vp2)), vn2));
      hn = double<T>(v128.and(d0, vp2));
      vp2 = v128.or(hn, v128.andnot(hp, d0));
      vn2 = v128.andnot(d0, hp);
      equal = v128.load(row, 48);
      x = carriedOver<T>(equal, vp3);
      d0 = v128.or(x, v128.or(equal, vn3));
      hp = double<T>(v128.andnot(v128.or(x, v128.or(equal, vp3)), vn3));
      hn = double<T>(v128.and(d0, vp3));
      vp3 = v128.or(hn, v128.andnot(hp, d0));
      vn3 = v128.andnot(d0, hp);
    }
    v128.store(COUNTS, distances<T>(vp0, vn0, 0));
    v128.store(COUNTS, distances<T>(vp1, vn1, 16), 16);
    v128.store(COUNTS, distances<T>(vp2, vn2, 32), 32);
    v128.store(COUNTS, distances<T>(vp3, vn3, 48), 48);
    for (let lane: usize = 0; lane < count; lane++) {
      const text = <usize>load<u32>(order + ((<usize>at + lane) << 2));
      const length = lengthOf(text);
      scoreDistance(text, queryLength + growthOf<T>(lane), longer(length));
    }
  }
}
