import { expect, test } from "vitest";
import { parseRetryAfter } from "../src/webhooks/retry-after.ts";

const NOW_MS = Date.UTC(1994, 10, 6, 8, 48, 37);

test.each([
  ["0", 0],
  ["120", 120],
  ["9999999999", 9_999_999_999],
  ["Sun, 06 Nov 1994 08:49:37 GMT", 60],
  ["Sunday, 06-Nov-94 08:49:37 GMT", 60],
  ["Sun Nov  6 08:49:37 1994", 60],
  ["Sun, 06 Nov 1994 08:47:37 GMT", 0],
])("Retry-After is read as seconds or any form of HTTP-date: %s", (value, seconds) => {
  expect(parseRetryAfter(value, NOW_MS)).toBe(seconds);
});

test("a part of a second is waited for as a whole one", () => {
  expect(parseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", NOW_MS + 1)).toBe(60);
});

test.each([
  ...["", "soon", "-1", "1.5", "1e3", "+5", "0x10", "12 s", "99999999999"],
  ...[
    "1994-11-06",
    "1994-11-06T08:49:37Z",
    "Sun, 99 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 +0200",
  ],
])("what is neither says nothing: %s", (value) => {
  expect(parseRetryAfter(value, NOW_MS)).toBeNull();
});

test("neither does one that is missing, or comes twice", () => {
  expect(parseRetryAfter(undefined, NOW_MS)).toBeNull();
  expect(parseRetryAfter(["1", "2"], NOW_MS)).toBeNull();
});
