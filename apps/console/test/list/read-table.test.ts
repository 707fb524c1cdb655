import fc from "fast-check";
import { expect, test } from "vitest";
import { readList } from "../../src/list/read-list.ts";
import type { TableChoice } from "../../src/list/read-table.ts";

const read = (text: string, name = "list.csv", choice?: TableChoice) =>
  readList(new TextEncoder().encode(text), name, choice);

const readTexts = (text: string, name?: string) => read(text, name).candidates;

test("quotes, commas, line ends and characters of all sorts within cells are read as RFC 4180 has them", () => {
  const csv = 'id,text\r\n1,"Smith, ""Joe"""\r\n2,"two\r\nlines"\r\n3,שלום 👩‍👩‍👧\r\n';
  expect(read(csv)).toEqual({
    candidates: [
      { id: "1", text: 'Smith, "Joe"' },
      { id: "2", text: "two\nlines" },
      { id: "3", text: "שלום 👩‍👩‍👧" },
    ],
    table: { columns: ["id", "text"], textColumn: 1, idColumn: 0, hasHeader: true },
  });
});

test("a name on top of numbers is a header, and numbers on top of numbers are none", () => {
  expect(read("Firma;PLZ\nMüller;04109\nMeier;10,5\n").table).toMatchObject({
    hasHeader: true,
    columns: ["Firma", "PLZ"],
    textColumn: 0,
  });
  expect(read("Müller;04109\nMeier;10115\n").table).toMatchObject({ hasHeader: false });
  expect(read("Müller;Leipzig\nMeier;Berlin\n").table).toMatchObject({ hasHeader: false });
});

test("what is written by RFC 4180 is read the same, whatever delimits it and ends its rows", () => {
  const cell = fc.string({ unit: fc.constantFrom(..."ab,;\t\" \n'é🏙"), maxLength: 8 });
  const table = fc
    .tuple(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 1, max: 6 }))
    .chain(([width, height]) =>
      fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
        minLength: height,
        maxLength: height,
      }),
    );
  fc.assert(
    fc.property(table, fc.constantFrom("\r\n", "\n", "\r"), fc.nat(3), (rows, end, column) => {
      const lines = rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join("\t"));
      const textColumn = column % rows[0]!.length;
      const { candidates } = read(lines.join(end), "list.tsv", {
        textColumn,
        hasHeader: false,
        idColumn: null,
      });
      const kept = rows.filter((row) => row.some((text) => text.trim() !== ""));
      expect(candidates).toEqual(kept.map((row) => row[textColumn]));
    }),
  );
});

test.each([
  ["semicolons, with commas in texts", "id;text\n1;a, b\n2;c, d", ["a, b", "c, d"]],
  ["tabs", "id\ttext\n1\ta, b\n2\tc", ["a, b", "c"]],
  [
    "semicolons, where every row has a comma as well",
    "Doe, Jane;42\nRoe, Rick;43",
    ["Doe, Jane", "Roe, Rick"],
  ],
  ["nothing, where the first line has no comma", "text\nHello, world\nBye", ["Hello, world", "Bye"]],
  ["nothing, where most lines have no comma", "Hello, world\nBye", ["Hello, world", "Bye"]],
  ["nothing, in a single quoted column", '"a, b"\n"c"', ["a, b", "c"]],
])("it is found that a table is delimited by %s", (_, csv, texts) => {
  const { candidates } = read(csv);
  expect(candidates.map((candidate) => (typeof candidate === "string" ? candidate : candidate.text))).toEqual(
    texts,
  );
});

test("tabs alone delimit a .tsv", () => {
  expect(readTexts("a, b;c\nd, e;f", "list.tsv")).toEqual(["a, b;c", "d, e;f"]);
});

test.each([
  ["by its name", "Key,Name,Remark\nk1,a,long remark", { textColumn: 1, idColumn: 0, hasHeader: true }],
  ["by the likeliest name", "title,TEXT \na,b", { textColumn: 1, idColumn: null, hasHeader: true }],
  ["by its length", "1,Springfield\n2,Rome", { textColumn: 1, idColumn: null, hasHeader: false }],
  [
    "by its length, ids aside",
    "id,city\n0192-aaaa-bbbb,Rome",
    { textColumn: 1, idColumn: 0, hasHeader: true },
  ],
  ["as the only one, whatever its name", "id\na", { textColumn: 0, idColumn: null, hasHeader: true }],
])("the column of texts is found %s", (_, csv, found) => {
  expect(read(csv).table).toMatchObject(found);
});

test("what its reader chooses counts more than any guess", () => {
  const csv = "id,name,city\n1,Ada,London\n2,Bob,\n";
  expect(read(csv, "list.csv", { textColumn: 2 }).candidates).toEqual([
    { id: "1", text: "London" },
    { id: "2", text: "" },
  ]);
  expect(read(csv, "list.csv", { idColumn: null }).candidates).toEqual(["Ada", "Bob"]);
  expect(read(csv, "list.csv", { idColumn: 2 }).candidates).toEqual([{ id: "London", text: "Ada" }, "Bob"]);
  expect(read(csv, "list.csv", { hasHeader: false, textColumn: 1 })).toEqual({
    candidates: ["name", "Ada", "Bob"],
    table: { columns: ["column 1", "column 2", "column 3"], textColumn: 1, idColumn: null, hasHeader: false },
  });
  expect(read("a,bb\nc,dd", "list.csv", { hasHeader: true })).toEqual({
    candidates: ["dd"],
    table: { columns: ["a", "bb"], textColumn: 1, idColumn: null, hasHeader: true },
  });
});

test("blank rows are dropped, and cells that a row lacks are empty", () => {
  expect(readTexts("\nid,text\n1,a\n\n2\n,,\n , \n3,b,,\n4,c\n")).toEqual([
    { id: "1", text: "a" },
    { id: "2", text: "" },
    { id: "3", text: "b" },
    { id: "4", text: "c" },
  ]);
});

test.each([
  ["a quote that is never closed", 'id,text\r\n1,"a\r\nb"\r\n2,"c\r\n3,d\r\n', /^line 4: .* is not closed$/],
  [
    "text behind a closing quote",
    'id,text\n1,"a"\n2,"b" c\n',
    /^line 3: .* neither closes it nor is doubled$/,
  ],
  [
    "a comma that is not in quotes",
    'id,text\n1,"a\nb"\n\n2,c, d\n',
    /^line 5 has 3 cells where the first row has 2; /,
  ],
])("%s is told by its line", (_, csv, message) => {
  expect(() => read(csv)).toThrow(
    expect.objectContaining({ name: "ListError", message: expect.stringMatching(message) }),
  );
});

test("a table of more columns than anyone chooses from is refused", () => {
  expect(() => read("a,".repeat(1_000))).toThrow("it has 1001 columns; it may have 1000");
});
