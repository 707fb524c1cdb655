import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ListError } from "../../src/list/list-error.ts";
import { readLines } from "../../src/list/read-lines.ts";
import { readList } from "../../src/list/read-list.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const utf16 = (text: string, isLittleEndian: boolean): Uint8Array => {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let at = 0; at < text.length; at += 1) view.setUint16(at * 2, text.charCodeAt(at), isLittleEndian);
  return new Uint8Array(view.buffer);
};

const readText = (text: string, name: string) => readList(utf8(text), name).candidates;

/** What is said of a file that cannot be read. */
const refusal = (bytes: Uint8Array, name: string): string => {
  try {
    readList(bytes, name);
  } catch (error) {
    expect(error).toBeInstanceOf(ListError);
    return (error as Error).message;
  }
  throw new Error("it was read");
};

/** Right to left with its marks, emoji that are joined, letters with accents that stand alone. */
const WORLDLY = ["\u200Fשלום \u202Bעולם\u202C", "👩‍👩‍👧 family", "e\u0301te\u0301", "Ａ　Ｂ", "  kept  "];

describe("lines", () => {
  test("end as on any system, even each otherwise, and are as they stand", () => {
    expect(readLines("a\r\nb\rc\n d \n\n\u00A0\n\r\r\ne\u2028f")).toEqual(["a", "b", "c", " d ", "e\u2028f"]);
    expect(readText(WORLDLY.join("\r\n"), "worldly.txt")).toEqual(WORLDLY);
  });

  test("are read the same whatever ends them", () => {
    const line = fc.string({ unit: "binary" }).map((text) => text.replace(/[\r\n]/g, ""));
    const lineWithEnd = fc.tuple(line, fc.constantFrom("\n", "\r", "\r\n"));
    fc.assert(
      fc.property(fc.array(lineWithEnd), (lines) => {
        const expected = lines.map(([text]) => text).filter((text) => text.trim() !== "");
        expect(readLines(lines.flat().join(""))).toEqual(expected);
      }),
    );
  });

  test("are what a file of an unknown kind is read as, also where they could be read as something else", () => {
    expect(readText('["a"]\n"b",c', "list.txt")).toEqual(['["a"]', '"b",c']);
    expect(readText("a,b", "csv")).toEqual(["a,b"]);
    expect(readText("a,b", "LIST.CSV.BAK")).toEqual(["a,b"]);
  });
});

test.each([
  ["list.txt", (texts: string[]) => texts.join("\n")],
  ["list.csv", (texts: string[]) => texts.map((text) => `"${text}",1`).join("\n")],
  ["list.json", (texts: string[]) => JSON.stringify(texts)],
  ["list.ndjson", (texts: string[]) => texts.map((text) => JSON.stringify(text)).join("\n")],
])("more candidates than the API takes are read from %s", (name, write) => {
  const texts = Array.from({ length: 200_000 }, (_, index) => `text ${index}`);
  expect(readText(write(texts), name)).toEqual(texts);
});

describe("bytes", () => {
  test.each([
    ["UTF-8", utf8("naïve 🏙\r\nb")],
    ["UTF-8 with a byte order mark", utf8("\uFEFFnaïve 🏙\r\nb")],
    ["little-endian UTF-16, as Excel's Unicode text", utf16("\uFEFFnaïve 🏙\r\nb", true)],
    ["big-endian UTF-16", utf16("\uFEFFnaïve 🏙\r\nb", false)],
  ])("of %s are text", (_, bytes) => {
    expect(readList(bytes, "list.txt").candidates).toEqual(["naïve 🏙", "b"]);
  });

  test.each([
    ["a zipped spreadsheet", Uint8Array.of(0x50, 0x4b, 3, 4, 0x14, 0, 6, 0, 8)],
    ["UTF-16 without its mark", utf16("abc", true)],
    ["UTF-16 that breaks off", utf16("\uFEFFabc", true).subarray(0, 7)],
    ["UTF-16 with half a pair", utf16("\uFEFFa\uD83D", false)],
    ["UTF-32", Uint8Array.of(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0)],
  ])("of %s are no text", (_, bytes) => {
    expect(refusal(bytes, "list.csv")).toMatch(/^this is not a text file; /);
  });

  test("that are not UTF-8 are told by their line", () => {
    const latin1 = Uint8Array.from("Köln\r\na\rb\nc", (character) => character.charCodeAt(0));
    expect(refusal(latin1, "list.csv")).toMatch(/^line 1 is not UTF-8; /);
    const lines = utf8(`${"Köln\r\na\rb\n".repeat(1_000)}x`);
    lines[lines.length - 1] = 0xe9;
    expect(refusal(lines, "list.txt")).toMatch(/^line 3001 is not UTF-8; /);
  });

  test("that are none give no candidates", () => {
    for (const name of ["list.txt", "list.csv", "list.tsv", "list.ndjson"]) {
      expect(readText("", name)).toEqual([]);
      expect(readText("\uFEFF\r\n", name)).toEqual([]);
    }
    expect(readText("[]", "list.json")).toEqual([]);
  });
});

describe("JSON", () => {
  const list = ["a", { id: "7", text: "b" }, { text: "c" }, { id: null, text: "", country: "d" }];
  const candidates = ["a", { id: "7", text: "b" }, "c", ""];

  test("is a list of texts, some with ids", () => {
    expect(readList(utf8(JSON.stringify(list)), "list.JSON")).toEqual({ candidates });
    expect(readText(JSON.stringify(WORLDLY), "list.json")).toEqual(WORLDLY);
  });

  test("may be a whole submission, whose query is told", () => {
    const submission = { query: "q", candidates: list, metric: "jaro" };
    expect(readList(utf8(JSON.stringify(submission)), "job.json")).toEqual({ candidates, query: "q" });
  });

  test("as others export it is read as well", () => {
    const exported = '[{"id": 17, "name": "Pump"}, {"id": "18", "title": "Pipe", "value": "no text"}]';
    expect(readText(exported, "list.json")).toEqual([
      { id: "17", text: "Pump" },
      { id: "18", text: "Pipe" },
    ]);
  });

  test("of any other shape is refused by its place", () => {
    const refusals = [
      ["[1", /^this is broken JSON: /],
      ["", /^this is broken JSON: /],
      ["1", /^there is no list in it; /],
      ['{"texts": []}', /^there is no list in it; /],
      ['{"jobs": [{"candidates": ["a"]}]}', /^this is a batch of jobs; /],
      ['["a", "b", 3]', /^candidate 3 is a number /],
      ['["a", null]', /^candidate 2 is null /],
      ["[true]", /^candidate 1 is true or false /],
      ['[["a"]]', /^candidate 1 is a list /],
      ['["a", {"id": "1", "colour": "b"}]', /^candidate 2 has no "text", nor "name" or "title"$/],
      ['[{"text": 5}]', /^the "text" of candidate 1 is a number /],
      ['[{"id": 5.5, "text": "a"}]', /^the "id" of candidate 1 is a number /],
      ['["a", "\\ud83d"]', /^candidate 2 holds half a character /],
      ['[{"id": "\\ude00\\ud83d", "text": "a"}]', /^the "id" of candidate 1 holds half a character /],
      ['{"query": 1, "candidates": []}', /^the query is a number /],
      ['{"query": "\\ud83d", "candidates": []}', /^the query holds half a character /],
    ] as const;
    for (const [json, message] of refusals) expect(refusal(utf8(json), "list.json"), json).toMatch(message);
  });
});

describe("lines of JSON", () => {
  test.each(["list.ndjson", "list.jsonl"])("are a candidate each in %s", (name) => {
    const lines = '"a\\nb"\r\n\n  {"id": "7", "text": "c"}\r\n"d"';
    expect(readText(lines, name)).toEqual(["a\nb", { id: "7", text: "c" }, "d"]);
  });

  test("are refused by their number, blank ones counted", () => {
    const read = (lines: string) => refusal(utf8(lines), "list.ndjson");
    expect(read('"a"\r\n\r\n"b')).toMatch(/^line 3 is broken JSON: /);
    expect(read('"a"\n5')).toMatch(/^line 2 is a number /);
    expect(read('["a"]')).toMatch(/^line 1 is a list /);
    expect(read('"a"\n{"text": "\\ud83d"}')).toMatch(/^the "text" of line 2 holds half a character /);
  });
});
