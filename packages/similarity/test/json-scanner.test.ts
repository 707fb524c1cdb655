import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CandidateErrors } from "../src/json/candidate-errors.ts";
import { createJsonScanner } from "../src/json/json-scanner.ts";
import { JsonSyntaxError } from "../src/json/json-syntax-error.ts";
import { NO_LIMITS, scanCandidates } from "../src/json/scan-candidates.ts";
import { cutOut, splitMember } from "../src/json/split-member.ts";
import { encode, mutated, textOf, written } from "./arbitraries.ts";
import { jsonTestSuite } from "./json-test-suite.ts";

const SCALE = Number(process.env["PROPERTY_SCALE"] ?? 1);
const scanner = await createJsonScanner();

const limits = fc.record({
  countMax: fc.oneof(fc.constant(NO_LIMITS.countMax), fc.nat(40)),
  textCharsMax: fc.oneof(fc.constant(NO_LIMITS.textCharsMax), fc.nat(30)),
  idCharsMax: fc.oneof(fc.constant(NO_LIMITS.idCharsMax), fc.integer({ min: 1, max: 4 })),
});

/** What it returns, or the error that it throws. */
const outcomeOf = <Value>(run: () => Value): Value | Error => {
  try {
    return run();
  } catch (error) {
    return error as Error;
  }
};

test("counts the candidates that programs write as its reference does, within limits as well", () => {
  fc.assert(
    fc.property(written.map(encode), limits, (json, given) => {
      const expected = outcomeOf(() => scanCandidates(json, given));
      expect(scanner.scanCandidates(json, given)).toEqual(expected instanceof Error ? null : expected);
    }),
    { numRuns: SCALE * 1_500 },
  );
});

test("takes nothing that its reference refuses", () => {
  fc.assert(
    fc.property(mutated(written), limits, (json, given) => {
      const counted = scanner.scanCandidates(json, given);
      if (counted) expect(counted).toEqual(outcomeOf(() => scanCandidates(json, given)));
    }),
    { numRuns: SCALE * 3_000 },
  );
});

/** Names that need an escape are left to the reference. */
const plainName = textOf(6).filter((name) => !JSON.stringify(name).includes("\\"));
const members = fc.dictionary(plainName, fc.jsonValue({ maxDepth: 3 }), {
  maxKeys: 4,
  noNullPrototype: true,
});
/** Objects as programs write them. */
const submissions = fc.tuple(members, written, members).map(([before, candidates, after]) => {
  const inside = (object: object) => JSON.stringify(object).slice(1, -1);
  const parts = [inside(before), `"candidates":${candidates}`, inside(after)].filter((part) => part !== "");
  return `{${parts.join(", ")}}`;
});

const reference = (json: Uint8Array) => {
  const { value } = splitMember(json, "candidates");
  return value && { candidates: value, ...scanCandidates(json.subarray(value.start, value.end), NO_LIMITS) };
};

test("finds the candidates of what programs write", () => {
  fc.assert(
    fc.property(submissions, (json) => {
      expect(scanner.splitSubmission(encode(json), NO_LIMITS)).toEqual(reference(encode(json)));
    }),
    { numRuns: SCALE * 1_500 },
  );
});

test.each(["documents", "candidate", "Candidates", "candidates_", "c"])(
  "finds them in the member %s, and in no other",
  (member) => {
    const json = encode(`{"a":1,"${member}":["b", {"text":"c"}]}`);
    const start = 10 + member.length;
    expect(scanner.splitSubmission(json, NO_LIMITS, member)).toEqual({
      count: 2,
      chars: 2,
      idBytes: 0,
      candidates: { start, end: json.length - 1 },
    });
    expect(scanner.splitSubmission(json)).toBeNull();
    expect(scanner.splitSubmission(encode('{"candidates":["b"]}'), NO_LIMITS, member)).toBeNull();
  },
);

test("takes no submission whose rest is right and which is wrong, nor one whose rest is wrong and which is right", () => {
  fc.assert(
    fc.property(mutated(submissions), (json) => {
      const split = scanner.splitSubmission(json, NO_LIMITS);
      if (!split) return;
      const rest = outcomeOf(() => JSON.parse(new TextDecoder().decode(cutOut(json, [split.candidates]))));
      const expected = outcomeOf(() => reference(json));
      if (rest instanceof Error) expect(expected).toBeInstanceOf(JsonSyntaxError);
      else expect(split).toEqual(expected);
    }),
    { numRuns: SCALE * 5_000 },
  );
});

test("tells UTF-8 from what is none, wherever it stands", () => {
  // What borders on an error in table 3-7 of The Unicode Standard.
  const bytes = [
    0x20, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xee, 0xef,
  ];
  bytes.push(0xf0, 0xf1, 0xf4, 0xf5);
  let offset = 0;
  const wrong: string[] = [];
  for (const a of bytes)
    for (const b of bytes)
      for (const c of bytes)
        for (const d of bytes) {
          const inside = Uint8Array.of(a, b, c, d);
          offset = (offset + 7) % 70;
          const json = Buffer.concat([encode(`["${"x".repeat(offset)}`), inside, encode('y"]')]);
          const isTaken = scanner.scanCandidates(json, NO_LIMITS) !== null;
          if (isTaken !== isUtf8(inside)) wrong.push(Buffer.from(inside).toString("hex"));
        }
  expect(wrong).toEqual([]);
});

test("declines more escapes than it was told to take", async () => {
  const strict = await createJsonScanner({ escapesMax: 3 });
  expect(strict.scanCandidates(encode('["\\n\\n", "\\n"]'))).toMatchObject({ count: 2, chars: 3 });
  expect(strict.scanCandidates(encode('["\\n\\n", "\\n", "\\n"]'))).toBeNull();
  expect(strict.splitSubmission(encode('{"a":"\\n\\n\\n\\n","candidates":["b"]}'))).toBeNull();
});

test.each([
  ["the candidates twice", '{"candidates":["a"],"candidates":["b"]}'],
  ["their name with an escape", '{"candid\\u0061tes":["a"]}'],
  ["them twice, once with an escape", '{"candidates":["a"],"candid\\u0061tes":["b"]}'],
  ["no candidates", '{"query":"a"}'],
  ["none in them", '{"candidates":[]}'],
  ["no array", '{"candidates":"a"}'],
  ["no object", '["candidates"]'],
  ["more behind the end", '{"candidates":["a"]} 1'],
  ["brackets without end", `{"candidates":${"[".repeat(1_000_000)}`],
  ["brackets without end elsewhere", `{"a":${"[".repeat(1_000_000)}`],
])("leaves %s to its reference", (_, json) => {
  expect(scanner.splitSubmission(encode(json), NO_LIMITS)).toBeNull();
});

test.each(jsonTestSuite)("%s: accepted or refused as by JSON.parse", (name, json) => {
  const parsed = outcomeOf(() =>
    JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json)),
  );
  const isRefused = parsed instanceof Error;
  if (!name.startsWith("i_")) expect(isRefused).toBe(name.startsWith("n_"));

  const isOfStrings =
    Array.isArray(parsed) && parsed.length > 0 && parsed.every((text) => typeof text === "string");
  const isTaken = isOfStrings && parsed.every((text: string) => text.isWellFormed());
  const counts = { count: 1, chars: isTaken ? Array.from(parsed[0] as string).length : 0, idBytes: 0 };
  const slow = outcomeOf(() => scanCandidates(json));
  const fast = scanner.scanCandidates(json);
  if (isTaken) expect([slow, fast]).toEqual([counts, counts]);
  else {
    expect(slow).toBeInstanceOf(isRefused ? JsonSyntaxError : CandidateErrors);
    expect(fast).toBeNull();
  }
  // The same as a part of a submission.
  const submission = Buffer.concat([encode('{"query":"a","candidates":'), json, encode("}")]);
  expect(scanner.splitSubmission(submission)).toEqual(
    isTaken
      ? {
          ...counts,
          candidates: { start: 26, end: 26 + Buffer.byteLength(Buffer.from(json).toString().trim()) },
        }
      : null,
  );
});
