import { skipEscape } from "./escape.ts";
import { fail } from "./fail.ts";

/**
 * A strict scan of JSON (RFC 8259) over UTF-8 bytes: where values begin and end, without making any of them.
 *
 * Every function takes the offset at which something begins and returns the one behind its end.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const UPPER_E = 0x45;
const LOWER_E = 0x65;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** 1 for the bytes that stand for themselves in a string. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);
const LITERALS = ["true", "false", "null"].map((text) => new TextEncoder().encode(text));

const isDigit = (byte: number | undefined) => byte !== undefined && byte >= ZERO && byte <= ZERO + 9;

export const skipWhitespace = (bytes: Uint8Array, from: number): number => {
  let at = from;
  for (;;) {
    const byte = bytes[at]!;
    // Mostly there is none.
    if (byte > 0x20) return at;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at += 1;
  }
};

/** @param from the opening quote */
export const skipString = (bytes: Uint8Array, from: number): number => {
  let at = from + 1;
  for (;;) {
    while (IS_PLAIN[bytes[at]!]) at += 1;
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) return fail(bytes, at, "a control character in a string");
    at = skipEscape(bytes, at);
  }
};

const skipDigits = (bytes: Uint8Array, from: number): number => {
  if (!isDigit(bytes[from])) return fail(bytes, from, "a number needs a digit here");
  let at = from + 1;
  while (isDigit(bytes[at])) at += 1;
  return at;
};

const skipNumber = (bytes: Uint8Array, from: number): number => {
  let at = bytes[from] === MINUS ? from + 1 : from;
  at = bytes[at] === ZERO ? at + 1 : skipDigits(bytes, at);
  if (bytes[at] === DOT) at = skipDigits(bytes, at + 1);
  if (bytes[at] === LOWER_E || bytes[at] === UPPER_E) {
    const sign = bytes[at + 1];
    at = skipDigits(bytes, sign === PLUS || sign === MINUS ? at + 2 : at + 1);
  }
  return at;
};

const skipLiteral = (bytes: Uint8Array, from: number): number => {
  const literal = LITERALS.find(([first]) => first === bytes[from]);
  if (!literal) return fail(bytes, from, "no JSON value begins like this");
  for (let index = 1; index < literal.length; index += 1) {
    if (bytes[from + index] !== literal[index])
      return fail(bytes, from + index, "no JSON value goes on like this");
  }
  return from + literal.length;
};

const skipScalar = (bytes: Uint8Array, from: number): number => {
  const byte = bytes[from];
  if (byte === QUOTE) return skipString(bytes, from);
  if (byte === MINUS || isDigit(byte)) return skipNumber(bytes, from);
  return skipLiteral(bytes, from);
};

/** Behind a member's name and colon, at its value. */
export const skipName = (bytes: Uint8Array, from: number): number => {
  if (bytes[from] !== QUOTE) return fail(bytes, from, "a name is expected");
  const colon = skipWhitespace(bytes, skipString(bytes, from));
  if (bytes[colon] !== COLON) return fail(bytes, colon, "a colon is expected");
  return skipWhitespace(bytes, colon + 1);
};

/** The open brackets of a document, a bit each, so that even a document of brackets only stays cheap. */
class Nesting {
  #bits = new Uint8Array(64);
  #depth = 0;

  get isEmpty(): boolean {
    return this.#depth === 0;
  }

  get isObject(): boolean {
    const top = this.#depth - 1;
    return (this.#bits[top >> 3]! & (1 << (top & 7))) !== 0;
  }

  push(isObject: boolean): void {
    const byte = this.#depth >> 3;
    if (byte === this.#bits.length) {
      const grown = new Uint8Array(byte * 2);
      grown.set(this.#bits);
      this.#bits = grown;
    }
    const bit = 1 << (this.#depth & 7);
    this.#bits[byte] = isObject ? this.#bits[byte]! | bit : this.#bits[byte]! & ~bit;
    this.#depth += 1;
  }

  pop(): void {
    this.#depth -= 1;
  }
}

/** Skips any value; nesting costs a bit a level, and no recursion. */
export const skipValue = (bytes: Uint8Array, from: number): number => {
  const first = bytes[from];
  if (first !== OPEN_ARRAY && first !== OPEN_OBJECT) return skipScalar(bytes, from);

  const open = new Nesting();
  let at = from;
  for (;;) {
    // At the beginning of a value.
    const byte = bytes[at];
    if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      const isObject = byte === OPEN_OBJECT;
      const next = skipWhitespace(bytes, at + 1);
      if (bytes[next] !== (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
        open.push(isObject);
        at = isObject ? skipName(bytes, next) : next;
        continue;
      }
      at = next + 1;
    } else {
      at = skipScalar(bytes, at);
    }
    // Behind a value: whatever it ends, ends here.
    for (;;) {
      if (open.isEmpty) return at;
      at = skipWhitespace(bytes, at);
      const { isObject } = open;
      if (bytes[at] === COMMA) {
        at = skipWhitespace(bytes, at + 1);
        if (isObject) at = skipName(bytes, at);
        break;
      }
      if (bytes[at] !== (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
        return fail(bytes, at, isObject ? "a comma or } is expected" : "a comma or ] is expected");
      }
      open.pop();
      at += 1;
    }
  }
};

/**
 * Walks the elements of an array or the members of an object.
 *
 * @param from the opening bracket
 * @param visit gets the offset of each element, or of each member's name, and returns the one behind its value
 * @returns the offset behind the closing bracket
 */
export const skipEach = (bytes: Uint8Array, from: number, visit: (at: number) => number): number => {
  const close = bytes[from] === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
  let at = skipWhitespace(bytes, from + 1);
  if (bytes[at] === close) return at + 1;
  for (;;) {
    at = skipWhitespace(bytes, visit(at));
    if (bytes[at] === close) return at + 1;
    if (bytes[at] !== COMMA) return fail(bytes, at, "a comma or the closing bracket is expected");
    at = skipWhitespace(bytes, at + 1);
  }
};

export const isString = (bytes: Uint8Array, at: number): boolean => bytes[at] === QUOTE;
export const isArray = (bytes: Uint8Array, at: number): boolean => bytes[at] === OPEN_ARRAY;
export const isObject = (bytes: Uint8Array, at: number): boolean => bytes[at] === OPEN_OBJECT;

/** @throws {JsonSyntaxError} when anything but white space follows */
export const expectEnd = (bytes: Uint8Array, from: number): void => {
  const at = skipWhitespace(bytes, from);
  if (at < bytes.length) fail(bytes, at, "something follows the document");
};
