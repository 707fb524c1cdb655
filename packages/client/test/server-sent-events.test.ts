import fc from "fast-check";
import { expect, test } from "vitest";
import { ServerSentEventParser } from "../src/server-sent-events.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

const parse = (text: string) => {
  const parser = new ServerSentEventParser();
  return parser.push(bytes(text));
};

// The examples of the HTML Standard, 9.2.6.
test.each([
  ["data: YHOO\ndata: +2\ndata: 10\n\n", [["message", "YHOO\n+2\n10"]]],
  [
    "data\n\ndata\ndata\n\ndata:",
    [
      ["message", ""],
      ["message", "\n"],
    ],
  ],
  [
    "data:test\n\ndata: test\n\n",
    [
      ["message", "test"],
      ["message", "test"],
    ],
  ],
  [
    "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
    [
      ["add", "73857293"],
      ["remove", "2153"],
    ],
  ],
  // What it says of the rest.
  ["\uFEFFdata: after a byte order mark\n\n", [["message", "after a byte order mark"]]],
  ["data:  two spaces\n\n", [["message", " two spaces"]]],
  ["data: a:b\n\n", [["message", "a:b"]]],
  [":comment\n\n: comment\ndata: 1\n\n", [["message", "1"]]],
  ["event: lost\n\ndata: 1\n\n", [["message", "1"]]],
  ["unknown: field\nDATA: 1\n\n", []],
  ["data: \u2028 ends no line\n\n", [["message", "\u2028 ends no line"]]],
  ["data: never ended\n", []],
])("%j is read as the standard has it", (text, expected) => {
  expect(parse(text).map(({ type, data }) => [type, data])).toEqual(expected);
});

test("ids last until another comes, count from the end of their event, and hold no NUL", () => {
  const parser = new ServerSentEventParser();
  const lastIds = ["id: 1\ndata: a\n", "\n", "data: b\n\n", "id: \0\n\n", "id\n\n"].map((text) => {
    parser.push(bytes(text));
    return parser.lastEventId;
  });
  expect(lastIds).toEqual(["", "1", "1", "1", ""]);
});

test("a time to come back is of digits alone", () => {
  const parser = new ServerSentEventParser();
  const times = ["retry: 1x\n", "retry: 1500\n", "retry: -1\n", "retry\n"].map((text) => {
    parser.push(bytes(text));
    return parser.reconnectMs;
  });
  expect(times).toEqual([undefined, 1_500, 1_500, 1_500]);
});

test("characters may come in pieces", () => {
  const parser = new ServerSentEventParser();
  const pieces = Array.from(bytes("data: é🏙\r\n\r\n"), (byte) => parser.push(Uint8Array.of(byte)));
  expect(pieces.flat()).toEqual([{ type: "message", data: "é🏙" }]);
});

test("it makes no difference where the bytes are cut, nor how lines end", () => {
  const line = fc.oneof(
    fc.constantFrom("", "", "data: é🏙", "data", "event: e", ":c", "id: 1", "data: x\u0000y"),
    fc.string(),
  );
  const cleaned = line.map((text) => text.replace(/[\r\n]/g, ""));
  const lineWithEnd = fc.tuple(cleaned, fc.constantFrom("\n", "\r", "\r\n"));
  const cuts = fc.array(fc.nat(12), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(lineWithEnd), cuts, (lines, steps) => {
      // A CR before an empty line that ends by LF would be one line end.
      let endBefore = "";
      const unambiguous = lines.filter(([text, end]) => {
        const joins = text === "" && end === "\n" && endBefore === "\r";
        if (!joins) endBefore = end;
        return !joins;
      });
      const whole = parse(unambiguous.map(([text]) => `${text}\n`).join(""));
      const sent = bytes(unambiguous.map(([text, end]) => text + end).join(""));
      const parser = new ServerSentEventParser();
      const events = [];
      for (let at = 0, step = 0; at < sent.length; step++) {
        const next = at + steps[step % steps.length]! + 1;
        events.push(...parser.push(sent.subarray(at, next)));
        at = next;
      }
      expect(events).toEqual(whole);
    }),
    // After a line end that is left out, the CR before it still joins with the next LF.
    {
      examples: [
        [
          [
            ["data: x", "\r"],
            ["", "\n"],
            ["", "\n"],
          ],
          [0],
        ],
      ],
    },
  );
});
