import { requireUtf8 } from "./require-utf8.ts";
import {
  expectEnd,
  isObject,
  skipEach,
  skipName,
  skipString,
  skipValue,
  skipWhitespace,
} from "./scan-json.ts";

export interface SplitDocument {
  /** The document with the member's value replaced by `null`. */
  rest: Uint8Array;
  /** Where the member's value stands in the document; `null` when there is no such member. */
  value: { start: number; end: number } | null;
}

interface Span {
  start: number;
  end: number;
}

const NULL = new TextEncoder().encode("null");
/** A name longer than this many bytes a character, escapes included, cannot be the one that is looked for. */
const NAME_BYTES_PER_CHAR_MAX = 6;

const createNameMatcher = (bytes: Uint8Array, name: string) => {
  const decoder = new TextDecoder();
  const lengthMax = name.length * NAME_BYTES_PER_CHAR_MAX + 2;
  return (start: number): boolean => {
    const end = skipString(bytes, start);
    if (end - start > lengthMax) return false;
    return JSON.parse(decoder.decode(bytes.subarray(start, end))) === name;
  };
};

const cutOut = (bytes: Uint8Array, spans: readonly Span[]): Uint8Array => {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const { start, end } of spans) {
    parts.push(bytes.subarray(from, start), NULL);
    from = end;
  }
  parts.push(bytes.subarray(from));
  return Buffer.concat(parts);
};

/**
 * Validates a JSON document and takes one member's value out of its top-level object, without making a value of anything.
 * As for JSON.parse, names count with their escapes decoded, and the last of several equal ones wins.
 *
 * @param bytes a whole JSON document (RFC 8259) in UTF-8
 * @throws {JsonSyntaxError} for what JSON.parse refuses
 */
export const splitMember = (bytes: Uint8Array, name: string): SplitDocument => {
  requireUtf8(bytes);
  const from = skipWhitespace(bytes, 0);
  if (!isObject(bytes, from)) {
    expectEnd(bytes, skipValue(bytes, from));
    return { rest: bytes, value: null };
  }
  const isNamed = createNameMatcher(bytes, name);
  const spans: Span[] = [];
  const end = skipEach(bytes, from, (at) => {
    const start = skipName(bytes, at);
    const behind = skipValue(bytes, start);
    if (isNamed(at)) spans.push({ start, end: behind });
    return behind;
  });
  expectEnd(bytes, end);
  const value = spans.at(-1);
  return value ? { rest: cutOut(bytes, spans), value } : { rest: bytes, value: null };
};
