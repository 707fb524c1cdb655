import fc from "fast-check";

const character = (codePointMax: number) =>
  fc
    .integer({ min: 0, max: codePointMax })
    .map((n) => String.fromCodePoint(n >= 0xd800 && n < 0xe000 ? 0x20 : n));
const alphabets = [
  fc.constantFrom("a", "b"),
  fc.constantFrom(..."abcdefgh   "),
  fc.constantFrom(..."αβγ\u00a0\u3000\u0301\u0308😀😁👩‍👧é"),
  character(0x7f),
  character(0x10ffff),
];
export const textOf = (lengthMax: number) =>
  fc.oneof(...alphabets.map((unit) => fc.string({ unit, maxLength: lengthMax, size: "max" })));

export const encode = (json: string): Uint8Array => new TextEncoder().encode(json);

const candidate = fc.oneof(
  textOf(30),
  fc.record({ id: textOf(4).filter((id) => id !== ""), text: textOf(30) }, { requiredKeys: ["text"] }),
);
/** Mostly what a scan takes many of at once, and what could be mistaken for its end. */
const plain = fc.string({ unit: fc.constantFrom(..."ab,,:]}"), maxLength: 20 });
/** JSON arrays of candidates, as programs write them. */
export const written = fc
  .tuple(
    fc.oneof(
      fc.array(candidate, { minLength: 1, maxLength: 30 }),
      fc.array(fc.oneof({ arbitrary: plain, weight: 30 }, candidate), { minLength: 1, maxLength: 80 }),
    ),
    fc.constantFrom(undefined, 1, "\t"),
    fc.boolean(),
  )
  .map(([candidates, indent, escaped]) => {
    const json = JSON.stringify(candidates, null, indent);
    return escaped
      ? json.replace(/[^\x20-\x7e\n\t]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      : json;
  });

const byte = fc.oneof(
  fc.constantFrom(...encode('"\\{}[]:,u0dDbt"id"text\n ')),
  fc.constantFrom(
    0x00,
    0x7f,
    0x80,
    0xbf,
    0xc0,
    0xc1,
    0xc2,
    0xe0,
    0xed,
    0xa0,
    0xef,
    0xf0,
    0x8f,
    0x90,
    0xf4,
    0xf5,
    0xff,
  ),
);

/** Bytes of documents, mostly wrong somewhere. */
export const mutated = (documents: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      documents,
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), byte, fc.nat(2)), { maxLength: 3 }),
    )
    .map(([json, mutations]) => {
      const all = [...encode(json)];
      for (const [place, inserted, removed] of mutations)
        all.splice(Math.floor(place * all.length), removed, inserted);
      return Uint8Array.from(all);
    });
