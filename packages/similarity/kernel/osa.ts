// Optimal string alignment: Levenshtein with transpositions of neighbours, no part of a text edited twice. Hyyrö, 2003, "A bit-vector
// algorithm for computing Levenshtein and Damerau edit distances", with a term for transpositions in D0.

import { order } from "./classes";
import { COUNTS, lanesOf, MATCHES, match, ROW } from "./lanes";
import { carriedOver, distances, double, growthOf } from "./levenshtein";
import { columns, length as queryLength } from "./query";
import { longer, scoreDistance } from "./scores";
import { lengthOf } from "./texts";

/** Scores texts that fit a lane of T, from `at` in the order. */
export function osaShort<T>(at: u32, end: u32): void {
  const lanes = lanesOf<T>();
  for (; at < end; at += lanes) {
    const count = end - at < lanes ? end - at : lanes;
    match<T>(at, count);
    for (let vector: usize = 0; vector < ROW; vector += 32) {
      let vp0 = i64x2.splat(-1);
      let vn0 = i64x2.splat(0);
      let diagonal0 = vn0;
      let before0 = vn0;
      let vp1 = vp0;
      let vn1 = vn0;
      let diagonal1 = vn0;
      let before1 = vn0;
      const last = columns + (<usize>queryLength << 2);
      for (let column = columns; column < last; column += 4) {
        const row = MATCHES + <usize>load<u32>(column) * ROW + vector;
        let equal = v128.load(row);
        let x = carriedOver<T>(equal, vp0);
        let matched = v128.or(equal, v128.and(double<T>(v128.andnot(equal, diagonal0)), before0));
        before0 = equal;
        diagonal0 = v128.or(x, v128.or(matched, vn0));
        let hp = double<T>(v128.andnot(v128.or(x, v128.or(matched, vp0)), vn0));
        let hn = double<T>(v128.and(diagonal0, vp0));
        vp0 = v128.or(hn, v128.andnot(hp, diagonal0));
        vn0 = v128.andnot(diagonal0, hp);
        equal = v128.load(row, 16);
        x = carriedOver<T>(equal, vp1);
        matched = v128.or(equal, v128.and(double<T>(v128.andnot(equal, diagonal1)), before1));
        before1 = equal;
        diagonal1 = v128.or(x, v128.or(matched, vn1));
        hp = double<T>(v128.andnot(v128.or(x, v128.or(matched, vp1)), vn1));
        hn = double<T>(v128.and(diagonal1, vp1));
        vp1 = v128.or(hn, v128.andnot(hp, diagonal1));
        vn1 = v128.andnot(diagonal1, hp);
      }
      v128.store(COUNTS + vector, distances<T>(vp0, vn0, vector));
      v128.store(COUNTS + vector, distances<T>(vp1, vn1, vector + 16), 16);
    }
    for (let lane: usize = 0; lane < count; lane++) {
      const text = <usize>load<u32>(order + ((<usize>at + lane) << 2));
      const length = lengthOf(text);
      scoreDistance(text, queryLength + growthOf<T>(lane), longer(length));
    }
  }
}
