import { isNamed } from "./is-named.ts";
import { requireUtf8 } from "./require-utf8.ts";
import { expectEnd, isObject, skipEach, skipName, skipValue, skipWhitespace } from "./scan-json.ts";

export interface SplitDocument {
  /** The document with the member's value replaced by `null`. */
  rest: Uint8Array;
  /** Where the member's value stands in the document; `null` when there is no such member. */
  value: Span | null;
}

export interface Span {
  start: number;
  end: number;
}

const NULL = new TextEncoder().encode("null");

/** The document with the spans replaced by `null`. What is kept is little, or refused for its size soon: a loop costs less than a view of each part. */
export const cutOut = (bytes: Uint8Array, spans: readonly Span[]): Uint8Array => {
  const cutBytes = spans.reduce((sum, { start, end }) => sum + end - start, 0);
  const rest = new Uint8Array(bytes.length - cutBytes + spans.length * NULL.length);
  let at = 0;
  let from = 0;
  const keepUntil = (end: number) => {
    for (; from < end; from += 1) rest[at++] = bytes[from]!;
  };
  for (const { start, end } of spans) {
    keepUntil(start);
    rest.set(NULL, at);
    at += NULL.length;
    from = end;
  }
  keepUntil(bytes.length);
  return rest;
};

/**
 * Validates a JSON document and takes one member's value out of its top-level object, without making a value of anything.
 * As for JSON.parse, names count with their escapes decoded, and the last of several equal ones wins.
 *
 * @param bytes a whole JSON document (RFC 8259) in UTF-8
 * @param name of ASCII characters, no quote among them
 * @throws {JsonSyntaxError} for what JSON.parse refuses
 */
export const splitMember = (bytes: Uint8Array, name: string): SplitDocument => {
  requireUtf8(bytes);
  const from = skipWhitespace(bytes, 0);
  if (!isObject(bytes, from)) {
    expectEnd(bytes, skipValue(bytes, from));
    return { rest: bytes, value: null };
  }
  const spans: Span[] = [];
  const end = skipEach(bytes, from, (at) => {
    const start = skipName(bytes, at);
    const behind = skipValue(bytes, start);
    if (isNamed(bytes, at, name)) spans.push({ start, end: behind });
    return behind;
  });
  expectEnd(bytes, end);
  const value = spans.at(-1);
  return value ? { rest: cutOut(bytes, spans), value } : { rest: bytes, value: null };
};
