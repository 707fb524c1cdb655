// Optimal string alignment: Levenshtein with transpositions of neighbours, no part of a text edited twice. Hyyrö, 2003, "A bit-vector
// algorithm for computing Levenshtein and Damerau edit distances", with a term for transpositions in D0.

import { order } from "./classes";
import { COUNTS, lanesOf, MATCHES, match, ROW } from "./lanes";
import { diagonal, distances, double, growthOf } from "./levenshtein";
import { columns, length as queryLength } from "./query";
import { longer, scoreDistance } from "./scores";
import { lengthOf } from "./texts";

/** Scores texts that fit a lane of T, from `at` in the order. */
export function osaShort<T>(at: u32, end: u32): void {
  const lanes = lanesOf<T>();
  for (; at < end; at += lanes) {
    const count = end - at < lanes ? end - at : lanes;
    match<T>(at, count);
    for (let vector: usize = 0; vector < ROW; vector += 16) {
      let vp = i64x2.splat(-1);
      let vn = i64x2.splat(0);
      let d0 = vn;
      let before = vn;
      const last = columns + (<usize>queryLength << 2);
      for (let column = columns; column < last; column += 4) {
        const equal = v128.load(MATCHES + <usize>load<u32>(column) * ROW + vector);
        const transposed = v128.and(double<T>(v128.andnot(equal, d0)), before);
        d0 = v128.or(diagonal<T>(equal, vp, vn), transposed);
        const hn = v128.and(d0, vp);
        const hp = double<T>(v128.andnot(v128.or(d0, vp), vn));
        vp = v128.or(double<T>(hn), v128.andnot(hp, d0));
        vn = v128.andnot(d0, hp);
        before = equal;
      }
      v128.store(COUNTS + vector, distances<T>(vp, vn, vector));
    }
    for (let lane: usize = 0; lane < count; lane++) {
      const text = <usize>load<u32>(order + ((<usize>at + lane) << 2));
      const length = lengthOf(text);
      scoreDistance(text, queryLength + growthOf<T>(lane), longer(length));
    }
  }
}
