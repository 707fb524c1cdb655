import type { SubmissionLimits } from "@semblance/shared/job/limits";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Problem } from "../src/problems/problem.ts";
import { createSubmissionReader, type SubmissionReader } from "../src/submission/submission-reader.ts";

const limits: SubmissionLimits = {
  bodyBytesMax: 2 ** 24,
  envelopeBytesMax: 2 ** 20,
  candidatesMax: 100_000,
  queryCharsMax: 65_536,
  candidateCharsMax: 65_536,
  idCharsMax: 256,
  jobCellsMax: 10_000_000,
  metadataPairsMax: 16,
  metadataValueCharsMax: 512,
  jobTimeoutMs: 10_000,
  expiresInMsMax: 86_400_000,
  expiresInMsDefault: 3_600_000,
  webhooks: null,
};
let reader: SubmissionReader;

beforeAll(async () => {
  reader = await createSubmissionReader(limits);
});

afterAll(() => reader.close());

const toBody = (json: string) => Buffer.from(json) as Buffer<ArrayBuffer>;

const problemOf = async (json: string) => {
  const error = await reader.read(toBody(json)).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Problem) return error;
  throw error ?? new Error("it was accepted");
};

const many = Array.from({ length: 20_000 }, (_, index) => `${index} Straße\n`);
const escaped = (json: string) =>
  json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

test.each([
  ["as programs write it", JSON.stringify({ query: "a", candidates: many, top_n: 3 })],
  ["with the candidates first", JSON.stringify({ candidates: many, top_n: 3, query: "a" })],
  ["indented", JSON.stringify({ query: "a", top_n: 3, candidates: many }, null, 2)],
  ["with escapes", escaped(JSON.stringify({ query: "a", candidates: many, top_n: 3 }))],
  ["with an escape in the name", `{"query":"a","top_n":3,"candid\\u0061tes":${JSON.stringify(many)}}`],
  [
    "with the candidates twice, of which the last count",
    `{"query":"a","candidates":5,"top_n":3,"candidates":${JSON.stringify(many)}}`,
  ],
  [
    "with more escapes than are decoded at once",
    `{"query":"a","top_n":3,"candidates":${JSON.stringify(many)}, "metadata":{"a":"b"}}`.replaceAll(
      "Straße",
      "\\u0041".repeat(20),
    ),
  ],
])("reads a large body %s", async (_, json) => {
  const { envelope, candidates, candidateCount } = await reader.read(toBody(json));
  const whole = JSON.parse(json);
  expect(JSON.parse(candidates.toString())).toEqual(whole.candidates);
  expect(candidateCount).toBe(20_000);
  expect(envelope).toMatchObject({ query: "a", top_n: 3, metric: "ratio" });
});

test("says where a large body is wrong, in its syntax and in its candidates", async () => {
  const json = JSON.stringify({ query: "", candidates: many });
  expect(await problemOf(json.slice(0, -2))).toMatchObject({
    slug: "invalid-json",
    details: { errors: [{ offset: Buffer.byteLength(json) - 2 }] },
  });
  expect(await problemOf(json.replace('"query":""', '"query":"", "top_n":01'))).toMatchObject({
    slug: "invalid-json",
    details: { errors: [{ offset: 22 }] },
  });
  const wrong = JSON.stringify({ query: "", candidates: [...many, 5, { text: 6 }] });
  expect(await problemOf(wrong)).toMatchObject({
    slug: "invalid-request",
    details: {
      errors: [
        { pointer: "/query" },
        { pointer: "/candidates/20000" },
        { pointer: "/candidates/20001/text" },
      ],
    },
  });
});

test("refuses what is too much work for its metric, and tells how much", async () => {
  const submission = (metric: string) =>
    JSON.stringify({ query: "q".repeat(1_000), candidates: Array(10).fill("c".repeat(500)), metric });
  await expect(reader.read(toBody(submission("levenshtein")))).resolves.toMatchObject({ candidateCount: 10 });
  await expect(reader.read(toBody(submission("jaccard")))).resolves.toMatchObject({ candidateCount: 10 });
  expect(await problemOf(submission("damerau_levenshtein"))).toMatchObject({
    slug: "too-expensive",
    details: { members: { cells: 200_000_000, limit: 10_000_000 } },
  });
  const large = JSON.stringify({ query: "q".repeat(1_001), candidates: Array(20).fill("c".repeat(500)) });
  expect(await problemOf(large)).toMatchObject({
    slug: "too-expensive",
    details: { members: { cells: 10_010_000 } },
  });
});

test("takes no more bodies that take long than may wait", async () => {
  const odd = `{"query":"a","candid\\u0061tes":${JSON.stringify(many)}}`;
  const outcomes = await Promise.all(
    Array.from({ length: 30 }, () =>
      reader.read(toBody(odd)).then(
        () => "read",
        (error: unknown) => (error as Problem).slug,
      ),
    ),
  );
  expect(new Set(outcomes)).toEqual(new Set(["read", "overloaded"]));
  expect(outcomes.filter((outcome) => outcome === "read").length).toBeGreaterThanOrEqual(8);
  await expect(reader.read(toBody(odd))).resolves.toMatchObject({ candidateCount: 20_000 });
});
