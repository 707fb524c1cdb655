import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CandidateErrors } from "../src/json/candidate-errors.ts";
import { countValues } from "../src/json/count-values.ts";
import { JsonSyntaxError } from "../src/json/json-syntax-error.ts";
import { parseCandidates } from "../src/json/parse-candidates.ts";
import { scanCandidates } from "../src/json/scan-candidates.ts";
import { splitMember } from "../src/json/split-member.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) =>
  new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
const parse = (bytes: Uint8Array): unknown => JSON.parse(decode(bytes));

/** What a function throws, which has to be of this class. */
const thrownBy = <Thrown extends Error>(
  type: new (...args: never[]) => Thrown,
  run: () => unknown,
): Thrown => {
  try {
    run();
  } catch (error) {
    if (error instanceof type) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

const isAccepted = (run: () => unknown): boolean => {
  try {
    run();
    return true;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof JsonSyntaxError)
      return false;
    throw error;
  }
};

/** Documents as programs write them, with white space and escapes of every kind. */
const documents = fc
  .tuple(
    fc.jsonValue({ maxDepth: 4 }),
    fc.constantFrom(undefined, 1, "\t"),
    fc.constantFrom("candidates", "query", "a"),
    fc.jsonValue({ maxDepth: 2 }),
  )
  .map(([value, indent, name, member]) => {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return JSON.stringify(isObject ? { ...value, [name]: member } : value, null, indent);
  })
  // V8's JSON.parse, which we compare with, misreads names after one that ends in a backslash: nodejs/node#63785.
  .filter((document) => !document.includes("\\\\"));

/** Bytes that matter to a JSON scanner, more often than others. */
const telling = fc.oneof(
  fc.constantFrom(...encode('"\\{}[]:,-+.eE0u1 \n\u0000tfn')),
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xf5, 0xff),
);
const mutated = fc
  .tuple(
    documents,
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), telling, fc.nat(2)), { maxLength: 3 }),
  )
  .map(([document, mutations]) => {
    const bytes = [...encode(document)];
    for (const [place, byte, remove] of mutations)
      bytes.splice(Math.floor(place * bytes.length), remove, byte);
    return Uint8Array.from(bytes);
  });

describe("splitMember", () => {
  test("accepts and refuses what JSON.parse does", () => {
    fc.assert(
      fc.property(mutated, (bytes) => {
        expect(isAccepted(() => splitMember(bytes, "candidates"))).toBe(isAccepted(() => parse(bytes)));
      }),
      { numRuns: 20_000 },
    );
  });

  test("loses nothing: the rest and the value are the document's", () => {
    fc.assert(
      fc.property(documents, (document) => {
        const bytes = encode(document);
        const { rest, value } = splitMember(bytes, "candidates");
        const whole = parse(bytes);
        if (!value) {
          expect(parse(rest)).toEqual(whole);
          return;
        }
        const member = parse(bytes.subarray(value.start, value.end));
        expect({ ...(parse(rest) as object), candidates: member }).toEqual(whole);
      }),
      { numRuns: 2_000 },
    );
  });

  /** Names near the one that is looked for, any of their characters escaped. */
  const spelled = fc
    .tuple(
      fc.constantFrom(
        "candidates",
        "candidate",
        "candidatess",
        "Candidates",
        "",
        'c"',
        "cé",
        "ca\ndidates",
        "c😀",
      ),
      fc.array(fc.boolean(), { minLength: 11, maxLength: 11 }),
    )
    .map(([name, isEscaped]) => {
      const letters = Array.from({ length: name.length }, (_, index) =>
        isEscaped[index]
          ? `\\u${name.charCodeAt(index).toString(16).padStart(4, "0")}`
          : JSON.stringify(name[index]).slice(1, -1),
      );
      return `"${letters.join("")}"`;
    });

  test("takes a name for what it says, however it is escaped", () => {
    fc.assert(
      fc.property(fc.array(spelled, { maxLength: 6 }), (names) => {
        const document = `{${names.map((name, index) => `${name}:${index}`).join(",")}}`;
        const { candidates = null, ...others } = JSON.parse(document) as Record<string, unknown>;
        const bytes = encode(document);
        const { rest, value } = splitMember(bytes, "candidates");
        expect(value && parse(bytes.subarray(value.start, value.end))).toBe(candidates);
        expect(parse(rest)).toEqual(value ? { candidates: null, ...others } : others);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['{"candidates":[1],"a":2,"candidates":[3]}', "[3]", { candidates: null, a: 2 }],
    ['{"c\\u0061ndidates":[1]}', "[1]", { candidates: null }],
    ['{"a":{"candidates":[1]}}', null, { a: { candidates: [1] } }],
    ['{"a":"candidates\\":[1]"}', null, { a: 'candidates":[1]' }],
    [' [{"candidates":[1]}] ', null, [{ candidates: [1] }]],
    ['{"candidates" :\n[ 1 ]\n}', "[ 1 ]", { candidates: null }],
  ])("finds the top level's last member of the name in %s", (document, expected, rest) => {
    const bytes = encode(document);
    const split = splitMember(bytes, "candidates");
    expect(split.value && decode(bytes.subarray(split.value.start, split.value.end))).toBe(expected);
    expect(parse(split.rest)).toEqual(rest);
  });

  test.each([
    ["", 0],
    [" ", 1],
    ["{", 1],
    ["\ufeff{}", 0],
    ['{"a":1}}', 7],
    ['{"a":01}', 6],
    ['{"a":1.}', 7],
    ['{"a":"\t"}', 6],
    ['{"a":"\\u12x4"}', 10],
    ["[1,]", 3],
    ["[nul]", 4],
    ['{"a" 1}', 5],
  ])("says at which byte %j stops being JSON", (document, offset) => {
    const error = thrownBy(JsonSyntaxError, () => splitMember(encode(document), "a"));
    expect(error.offset).toBe(offset);
  });

  test.each([
    ["a stray byte", [0x22, 0x80, 0x22], 1],
    ["an overlong slash", [0x22, 0x61, 0xc0, 0xaf, 0x22], 2],
    ["a surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22], 1],
    ["above U+10FFFF", [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], 1],
    ["a truncated sequence", [0x22, 0xc3, 0xa9, 0xe2, 0x82], 3],
  ])("says at which byte %s stops being UTF-8", (_, bytes, offset) => {
    const error = thrownBy(JsonSyntaxError, () => splitMember(Uint8Array.from(bytes), "a"));
    expect([error.offset, error.reason]).toEqual([offset, "not UTF-8"]);
  });

  test("says where UTF-8 stops: all before it is, nothing that begins there is", () => {
    const byte = fc.oneof(telling, fc.constantFrom(0x90, 0xa0, 0x9f, 0x8f, ...encode("é語😀")));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), fc.array(byte, { maxLength: 12 }), (start, more) => {
        const bytes = Uint8Array.from([...start.filter((n) => n < 0x80), ...encode("é語😀"), ...more]);
        fc.pre(!isUtf8(bytes));
        const { offset } = thrownBy(JsonSyntaxError, () => splitMember(bytes, "a"));
        expect(isUtf8(bytes.subarray(0, offset))).toBe(true);
        for (let length = 1; length <= Math.min(4, bytes.length - offset); length += 1) {
          expect(isUtf8(bytes.subarray(offset, offset + length))).toBe(false);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test("survives sixteen mebibytes of brackets, closed or not", () => {
    const half = 8 * 2 ** 20;
    expect(isAccepted(() => splitMember(encode("[".repeat(half * 2)), "a"))).toBe(false);
    expect(isAccepted(() => splitMember(encode("[".repeat(half) + "]".repeat(half)), "a"))).toBe(true);
  });
});

describe("countValues", () => {
  const count = (value: unknown): number => {
    if (typeof value !== "object" || value === null) return 1;
    const inner = Object.values(value);
    return inner.length === 0 ? 2 : inner.reduce((sum: number, one) => sum + count(one), 1);
  };

  test("counts the values of all depths", () => {
    fc.assert(
      fc.property(documents, (document) => {
        expect(countValues(encode(document))).toBe(count(JSON.parse(document)));
      }),
    );
  });

  test("takes nothing within a string for a value, and counts equal names each", () => {
    expect(countValues(encode('{"a,[\\"{":["b,",{"a":",","a":"{"}]}'))).toBe(6);
  });
});

describe("scanCandidates", () => {
  const limits = { countMax: 20, textCharsMax: 10, idCharsMax: 3 };
  const scan = (json: string) => scanCandidates(encode(json), limits);
  const issuesOf = (json: string) =>
    thrownBy(CandidateErrors, () => scan(json)).errors.map(({ code, pointer }) => [code, pointer]);

  const element = fc.oneof(
    { weight: 4, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
    {
      weight: 4,
      arbitrary: fc.record(
        { text: fc.string({ maxLength: 12 }), id: fc.string({ maxLength: 4 }) },
        { requiredKeys: ["text"] },
      ),
    },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  );

  const isCandidate = (value: unknown): value is string | { text: string; id?: string } => {
    const isText = (text: unknown) =>
      typeof text === "string" && [...text].length <= 10 && text.isWellFormed();
    if (typeof value !== "object" || value === null || Array.isArray(value)) return isText(value);
    const { text, id = "x", ...others } = value as Record<string, unknown>;
    const isId = typeof id === "string" && id !== "" && [...id].length <= 3 && id.isWellFormed();
    return isText(text) && isId && Object.keys(others).length === 0;
  };

  test("accepts, counts and measures as a check of the parsed values does", () => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 24 }), fc.boolean(), (elements, escaped) => {
        const json = JSON.stringify(elements);
        const written = escaped
          ? json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
          : json;
        const parsed = JSON.parse(written) as unknown[];
        if (parsed.length > 0 && parsed.length <= 20 && parsed.every(isCandidate)) {
          const texts = parsed.map((value) => (typeof value === "string" ? value : value.text));
          const chars = texts.reduce((sum, text) => sum + [...text].length, 0);
          expect(scan(written)).toMatchObject({ count: parsed.length, chars });
          const ids = parsed.map((value) => (typeof value === "string" ? null : (value.id ?? null)));
          expect(parseCandidates(encode(written))).toEqual({ texts, ids: ids.some(Boolean) ? ids : null });
        } else {
          expect(issuesOf(written).length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("accepts and refuses the JSON that JSON.parse does", () => {
    fc.assert(
      fc.property(mutated, (bytes) => {
        const isJson = isAccepted(() => {
          try {
            scanCandidates(bytes, { countMax: 10 ** 6, textCharsMax: 10 ** 6, idCharsMax: 10 ** 6 });
          } catch (error) {
            if (!(error instanceof CandidateErrors)) throw error;
            // So many issues end the scan before the end of the document.
            fc.pre(error.errors.length < 10);
          }
        });
        expect(isJson).toBe(isAccepted(() => parse(bytes)));
      }),
      { numRuns: 5_000 },
    );
  });

  test.each<[string, [string, string][]]>([
    ["{}", [["not_array", ""]]],
    ["null", [["not_array", ""]]],
    ["[]", [["empty", ""]]],
    [JSON.stringify(new Array(21).fill("a")), [["too_many", ""]]],
    [
      '["a",1,null,["b"]]',
      [
        ["wrong_type", "/1"],
        ["wrong_type", "/2"],
        ["wrong_type", "/3"],
      ],
    ],
    ['[{"id":"a"}]', [["missing_text", "/0/text"]]],
    [
      '[{"text":1},{"text":null}]',
      [
        ["wrong_type", "/0/text"],
        ["wrong_type", "/1/text"],
      ],
    ],
    ['[{"text":"a","a/b~":1}]', [["unknown_field", "/0/a~1b~0"]]],
    ['[{"\\text":"a","text":"a"}]', [["unknown_field", "/0/\text"]]],
    ['[{"text":"a","id":1},{"text":"a"},{"text":"a","id":"b"}]', [["wrong_type", "/0/id"]]],
    ['[{"text":"a","__proto__":1}]', [["unknown_field", "/0/__proto__"]]],
    [
      '["12345678901",{"text":"12345678901"}]',
      [
        ["text_too_long", "/0"],
        ["text_too_long", "/1/text"],
      ],
    ],
    [
      '[{"text":"a","id":""},{"text":"a","id":"1234"}]',
      [
        ["id_length", "/0/id"],
        ["id_length", "/1/id"],
      ],
    ],
    [
      '[{"text":"a","id":null},{"text":"a","id":7}]',
      [
        ["wrong_type", "/0/id"],
        ["wrong_type", "/1/id"],
      ],
    ],
    [
      '["\\ud800","\\udc00","\\ud800\\u0041","\\udc00\\ud800"]',
      [0, 1, 2, 3].map((n) => ["unpaired_surrogate", `/${n}`]),
    ],
    ['[{"text":"a","id":"\\ud800"}]', [["unpaired_surrogate", "/0/id"]]],
  ])("%s: the place and what is wrong there", (json, expected) => {
    expect(issuesOf(json)).toEqual(expected);
  });

  test("names the element alone where an unknown field's name would flood the answer", () => {
    expect(issuesOf(`[{"text":"a","${"k".repeat(300)}":1}]`)).toEqual([["unknown_field", "/0"]]);
  });

  test.each([
    ['["a", "b", "c\\q"]', 2, 14],
    ['["a", {"text": "b" "id": "c"}]', 1, 19],
    ['["a", ["b", }]', 1, 12],
    ["[", 0, 1],
    ["5 5", null, 2],
    ['["a", "\xff"]', 1, 7],
  ])("tells the element of a syntax error: %s", (json, element, offset) => {
    const bytes = Uint8Array.from(json, (character) => character.charCodeAt(0));
    const error = thrownBy(JsonSyntaxError, () => scanCandidates(bytes));
    expect([error.element, error.offset]).toEqual([element, offset]);
  });

  test("goes on for ten issues and no further", () => {
    expect(issuesOf("[1,2,3,4,5,6,7,8,9,10,11,12")).toHaveLength(10);
  });

  test("lets the last of several equal names win, and reads names with their escapes decoded", () => {
    expect(scan('[{"text":1,"te\\u0078t":"ab"}]')).toEqual({ count: 1, chars: 2, idBytes: 0 });
    expect(issuesOf('[{"text":"ab","text":1}]')).toEqual([["wrong_type", "/0/text"]]);
  });

  test("counts the bytes of ids, of equal names the last", () => {
    expect(scan('["a",{"text":"","id":"é"},{"id":"lost","text":"","id":"\\u0041"}]')).toEqual({
      count: 3,
      chars: 1,
      idBytes: 4 + 8,
    });
  });

  test("counts characters, not bytes or units", () => {
    expect(scan('["é😀\\ud83d\\ude00\\n\\u00e9"]')).toEqual({ count: 1, chars: 5, idBytes: 0 });
    expect(scan(`["${"😀".repeat(10)}"]`)).toEqual({ count: 1, chars: 10, idBytes: 0 });
  });
});
