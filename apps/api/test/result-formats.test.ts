import type { ScoringResult } from "@semblance/shared/job/job-view";
import fc from "fast-check";
import { expect, test } from "vitest";
import { gather } from "../src/results/gather.ts";
import { locateRows, type Slice } from "../src/results/locate-rows.ts";
import { type ResultMediaType, resultFormats } from "../src/results/result-formats.ts";
import type { StoredResult } from "../src/results/stored-result.ts";

type Row = ScoringResult["results"][number];

const CSV = "text/csv; charset=utf-8; header=present";
const NDJSON = "application/x-ndjson";

const csvField = (id: string | null): string => {
  if (id === null) return "";
  const isFormula = [..."=+-@\t\r\n\0＝＋－＠"].some((character) => id.startsWith(character));
  return `"${isFormula ? "'" : ""}${id.split('"').join('""')}"`;
};

/** What each format is by definition, from the parsed whole. */
const references: Record<ResultMediaType, (rows: Row[], rest: Omit<ScoringResult, "results">) => string> = {
  "application/json": (results, rest) => JSON.stringify({ results, ...rest }),
  [CSV]: (rows) =>
    ["index,id,score", ...rows.map(({ index, id, score }) => `${index},${csvField(id)},${score}`), ""].join(
      "\r\n",
    ),
  [NDJSON]: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
};

/** What JSON lets a client write for a character of an id, and what the formats have to see through. */
const idPart = fc.oneof(
  fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 3 })
    .map((text) => JSON.stringify(text).slice(1, -1)),
  fc.constantFrom(..."=+-@,;{}[]':/", "＝", '\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"),
  fc.constantFrom(
    "\\u0022",
    "\\u005C",
    "\\u005c",
    "\\u0000",
    "\\u003d",
    "\\ud83d\\ude00",
    "\\u00E9",
    "\\u2028",
  ),
  fc.constantFrom(
    '},{\\"index\\":',
    '],\\"scored\\":',
    '{\\"index\\":0,\\"id\\":null,\\"score\\":0}',
    "null",
  ),
);
const rawId = fc.option(
  fc.array(idPart, { minLength: 1, maxLength: 6 }).map((parts) => `"${parts.join("")}"`),
  { nil: "null" },
);
const rowJson = fc
  .tuple(fc.nat(99_999), rawId, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([index, id, score]) => `{"index":${index},"id":${id},"score":${score}}`);

/** Bytes that come in chunks of these lengths, over and over, the first of them being there. */
const storedIn = (json: string, chunkLengths: number[]): StoredResult => {
  const bytes = Buffer.from(json);
  let reads = 0;
  return {
    bytes: bytes.length,
    head: bytes.subarray(0, chunkLengths[0]),
    read: async (start, end) => {
      reads += 1;
      return bytes.subarray(start, Math.min(end, start + chunkLengths[reads % chunkLengths.length]!));
    },
  };
};

/** The rest of the row is written as it came, escapes and all; only what it means is to be the same. */
const meaning = (mediaType: ResultMediaType, text: string): unknown => {
  if (mediaType === "application/json") return JSON.parse(text);
  if (mediaType === CSV) return text;
  const lines = text.split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => JSON.parse(line));
};

const write = async (mediaType: ResultMediaType, stored: StoredResult, slice: Slice) => {
  const rows = await locateRows(stored, slice);
  const bytes = await gather(resultFormats[mediaType].write(stored, rows));
  return { text: bytes.toString(), hasMore: rows.hasMore };
};

const stored = fc.record({
  rows: fc.array(rowJson, { maxLength: 12 }),
  chunkLengths: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
});
const slices = fc.record(
  { offset: fc.nat(14), limit: fc.integer({ min: 1, max: 14 }) },
  { requiredKeys: ["offset"] },
);

test.each(Object.keys(resultFormats) as ResultMediaType[])(
  "any slice of any result is, as %s, what parsing the whole gives, however its bytes come",
  async (mediaType) => {
    await fc.assert(
      fc.asyncProperty(stored, slices, async ({ rows, chunkLengths }, slice) => {
        const json = `{"results":[${rows.join(",")}],"scored":${rows.length},"duration_ms":0.125}`;
        const { results, ...rest } = JSON.parse(json) as ScoringResult;
        const end = slice.offset + (slice.limit ?? results.length);
        const { text, hasMore } = await write(mediaType, storedIn(json, chunkLengths), slice);
        const expected = references[mediaType](results.slice(slice.offset, end), rest);
        expect(meaning(mediaType, text)).toEqual(meaning(mediaType, expected));
        expect(hasMore).toBe(end < results.length);
      }),
      { numRuns: 500 },
    );
  },
);

test.each([
  ["=HYPERLINK(1)", `"'=HYPERLINK(1)"`],
  ["+1", `"'+1"`],
  ["-1", `"'-1"`],
  ["@SUM(A1)", `"'@SUM(A1)"`],
  ["\t=1", `"'\t=1"`],
  ["\r=1", `"'\r=1"`],
  ["\n=1", `"'\n=1"`],
  ["＝1", `"'＝1"`],
  ['=1+2";=1+2', `"'=1+2"";=1+2"`],
  ["a=1", '"a=1"'],
  ["x;=1", '"x;=1"'],
  ['"quoted", and\r\nlong', '"""quoted"", and\r\nlong"'],
])("the id %j is no formula and stays one field of CSV", async (id, field) => {
  const json = `{"results":[{"index":0,"id":${JSON.stringify(id)},"score":0.5}],"scored":1,"duration_ms":1}`;
  const { text } = await write(CSV, storedIn(json, [1_000]), { offset: 0 });
  expect(text).toBe(`index,id,score\r\n0,${field},0.5\r\n`);
});

test("a large result is read no further than its slice, a chunk at a time", async () => {
  const rows = Array.from({ length: 100_000 }, (_, index) => `{"index":${index},"id":null,"score":0.5}`);
  const bytes = Buffer.from(`{"results":[${rows.join(",")}],"scored":100000,"duration_ms":1}`);
  const reads: [start: number, end: number][] = [];
  const result: StoredResult = {
    bytes: bytes.length,
    head: bytes.subarray(0, 1_000),
    read: async (start, end) => {
      reads.push([start, end]);
      return bytes.subarray(start, end);
    },
  };
  const { text } = await write(NDJSON, result, { offset: 2_000, limit: 2 });
  expect(text).toBe(`${rows[2_000]}\n${rows[2_001]}\n`);
  const [, ...rowReads] = reads;
  expect(Math.max(...rowReads.map(([, end]) => end))).toBeLessThan(200_000);
  reads.length = 0;
  await write(CSV, result, { offset: 0 });
  expect(Math.max(...reads.map(([start, end]) => end - start))).toBeLessThanOrEqual(65_536);
});
