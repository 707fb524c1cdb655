import { resultBytesMax } from "@semblance/shared/job/result-bytes";
import fc from "fast-check";
import { expect, test } from "vitest";
import { writeResult } from "../src/scoring/write-result.ts";

const score = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: 0, max: 1e-5, noNaN: true }),
);
const rows = fc.array(
  fc.record({
    index: fc.integer({ min: 0, max: 9_999_999 }),
    score,
    id: fc.option(fc.string({ unit: "grapheme" })),
  }),
);

test("a result is never larger than what was reserved for it", () => {
  fc.assert(
    fc.property(rows, fc.double({ min: 0, max: 3_600_000, noNaN: true }), (ranked, durationMs) => {
      const idBytes = ranked.reduce(
        (sum, { id }) => sum + (id === null ? 0 : Buffer.byteLength(JSON.stringify(id))),
        0,
      );
      const result = writeResult(ranked, 10_000_000, durationMs);
      expect(result.length).toBeLessThanOrEqual(resultBytesMax(ranked.length, idBytes));
    }),
  );
});
