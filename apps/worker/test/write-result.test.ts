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

test("a result is the JSON of what was ranked, and never larger than what was reserved for it", () => {
  fc.assert(
    fc.property(rows, fc.double({ min: 0, max: 3_600_000, noNaN: true }), (ranked, durationMs) => {
      const encoded = ranked.map((row) => ({
        ...row,
        id: row.id === null ? null : new TextEncoder().encode(JSON.stringify(row.id)),
      }));
      const idBytes = encoded.reduce((sum, { id }) => sum + (id?.length ?? 0), 0);
      const result = Buffer.from(writeResult(encoded, 10_000_000, durationMs));
      const { results, scored, duration_ms } = JSON.parse(result.toString());
      expect(results).toEqual(ranked.map((row) => ({ ...row, score: row.score + 0 })));
      expect([scored, duration_ms]).toEqual([10_000_000, Math.round(durationMs * 1_000) / 1_000]);
      expect(result.length).toBeLessThanOrEqual(resultBytesMax(ranked.length, idBytes));
    }),
  );
});
