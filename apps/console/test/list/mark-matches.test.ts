import fc from "fast-check";
import { expect, test } from "vitest";
import { markMatches } from "../../src/list/mark-matches.ts";

/** The text with what is marked in brackets. */
const mark = (query: string, text: string): string =>
  markMatches(query, text)
    .map(({ text, isMatch }) => (isMatch ? `[${text}]` : text))
    .join("");

test.each([
  ["runs that meet, as one", "Petersburg", "Peterburg", "[Peterburg]"],
  ["the longest run at each place", "abc xabcd", "abcde", "[abcd]e"],
  ["runs from several places of the query", "new york city", "city of new york", "[city] of [new york]"],
  ["nothing shorter than three characters", "abcd", "ab bc xcdx", "ab bc xcdx"],
  ["a shorter word that is whole in both", "to be", "be it top", "[be] it top"],
  ["no shorter word that is whole in the text alone", "obey", "be", "be"],
  ["no shorter word that is whole in the query alone", "to be", "maybe bed", "maybe bed"],
  ["a query that is shorter, wherever it stands", " ab ", "cabin", "c[ab]in"],
  ["whatever the case and the accents", "CAFÉ Ångström", "cafe\u0301, ANGSTROM", "[cafe\u0301], [ANGSTROM]"],
  ["either small sigma", "ΟΔΥΣΣΕΥΣ", "οδυσσευς", "[οδυσσευς]"],
  ["no white space at either end", "a York b", "x York x", "x [York] x"],
  ["nothing but white space", "a    b", "c    d", "c    d"],
  ["right to left", "שלום עולם", "אמר שלום", "אמר [שלום]"],
  ["emoji whole", "family 👩‍👩‍👧", "👩‍👩‍👧 👩‍👩‍👦", "[👩‍👩‍👧] 👩‍👩‍👦"],
  ["nothing for an empty query", " ", "a b", "a b"],
  ["nothing in an empty text", "a", "", ""],
])("marked is %s", (_, query, text, marked) => {
  expect(mark(query, text)).toBe(marked);
});

const text = fc.string({ unit: fc.constantFrom(..."abAB  é\u0301🏙\r\n", "👩‍👧", "\uD83D"), maxLength: 40 });

test("the parts of a text are the text, marked by turns", () => {
  fc.assert(
    fc.property(text, fc.oneof(text, fc.string({ unit: "binary" })), (query, text) => {
      const parts = markMatches(query, text);
      expect(parts.map((part) => part.text).join("")).toBe(text);
      for (const [place, { isMatch, text }] of parts.entries()) {
        expect(text).not.toBe("");
        if (place > 0) expect(isMatch).not.toBe(parts[place - 1]!.isMatch);
      }
    }),
  );
});

test("a text that stands in the query is marked whole, but for the white space around it", () => {
  const word = fc.string({ unit: fc.constantFrom(..."abcdefg"), minLength: 3, maxLength: 20 });
  fc.assert(
    fc.property(word, word, word, (before, text, after) => {
      expect(mark(`${before} ${text.toUpperCase()}${after}`, ` ${text} `)).toBe(` [${text}] `);
    }),
  );
});

test("of letters alone, what is marked is what a search for ever shorter runs finds", () => {
  const letters = fc.string({ unit: fc.constantFrom(..."abc"), minLength: 3, maxLength: 30 });
  const naive = (query: string, text: string): string => {
    for (let length = text.length; length >= 3; length -= 1) {
      const run = text.slice(0, length);
      if (query.includes(run)) return `[${run}]${naive(query, text.slice(length))}`;
    }
    return text === "" ? "" : text[0] + naive(query, text.slice(1));
  };
  fc.assert(
    fc.property(letters, letters, (query, text) => {
      expect(mark(query, text)).toBe(naive(query, text).replaceAll("][", ""));
    }),
    { numRuns: 1_000 },
  );
});
