import fc from "fast-check";
import { expect, test } from "vitest";
import { toCsv } from "../../src/list/list-csv.ts";
import { readList } from "../../src/list/read-list.ts";

test("a ranking is CSV behind a byte order mark, its rows ended by CRLF", () => {
  const rows = [
    { rank: 1, score: 1, index: 4, id: 'a"b', text: "two\nlines, one 🏙" },
    { rank: 2, score: 1e-7, index: 0, id: null, text: "" },
  ];
  expect(toCsv(rows)).toBe(
    '\uFEFFrank,score,index,id,text\r\n1,1,4,"a""b","two\nlines, one 🏙"\r\n2,1e-7,0,,""\r\n',
  );
});

test.each([..."=+-@\t\r\n\0＝＋－＠"])("an id or a text that begins with %j is no formula", (character) => {
  const text = `${character}1+1`;
  const csv = toCsv([{ rank: 1, score: 0.5, index: 0, id: text, text }]);
  expect(csv).toContain(`1,0.5,0,"'${text}","'${text}"\r\n`);
});

test("what is written is read again, but for the quote before what could be a formula", () => {
  const text = fc.string({ unit: fc.constantFrom(..."ab,;\t\" \n'é🏙=-"), maxLength: 12 });
  const row = fc.record({
    rank: fc.nat(),
    score: fc.double({ min: 0, max: 1, noNaN: true }),
    index: fc.nat(),
    id: fc.option(text.filter((id) => id !== "")),
    text,
  });
  const guarded = (text: string) => (/^[=\-\t\n]/.test(text) ? `'${text}` : text);
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const { candidates } = readList(new TextEncoder().encode(toCsv(rows)), "ranking.csv");
      const expected = rows.map(({ id, text }) =>
        id === null ? guarded(text) : { id: guarded(id), text: guarded(text) },
      );
      expect(candidates).toEqual(expected);
    }),
  );
});
