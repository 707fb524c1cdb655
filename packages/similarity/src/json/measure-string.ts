import { readEscape, skipEscape } from "./escape.ts";
import { fail } from "./fail.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export interface StringMeasure {
  /** Offset behind the closing quote. */
  end: number;
  /** Unicode code points, escapes decoded. */
  chars: number;
  /** Whether every surrogate escape is one of a pair. */
  isWellFormed: boolean;
}

/** 1 for the bytes that are a character each, by themselves. */
const IS_PLAIN_ASCII = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit < 0xe000;

/** Whether a low surrogate is escaped at this offset. */
const isLowEscape = (bytes: Uint8Array, at: number): boolean => {
  if (bytes[at] !== BACKSLASH) return false;
  skipEscape(bytes, at);
  return isLowSurrogate(readEscape(bytes, at));
};

/**
 * Measures a JSON string without making it.
 *
 * @param from the opening quote
 * @param into filled and returned, so that a scan of many strings makes no garbage
 * @throws {JsonSyntaxError}
 */
export const measureString = (bytes: Uint8Array, from: number, into: StringMeasure): StringMeasure => {
  let isWellFormed = true;
  // Bytes that begin no character: all others are counted by where the string ends.
  let surplus = 0;
  let at = from + 1;
  for (;;) {
    while (IS_PLAIN_ASCII[bytes[at]!]) at += 1;
    const byte = bytes[at]!;
    if (byte === QUOTE) break;
    if (byte >= 0x80) {
      if (byte < 0xc0) surplus += 1;
      at += 1;
      continue;
    }
    if (byte !== BACKSLASH) return fail(bytes, at, "a control character in a string");
    const begin = at;
    at = skipEscape(bytes, begin);
    const unit = readEscape(bytes, begin);
    if (isLowSurrogate(unit)) isWellFormed = false;
    if (isHighSurrogate(unit)) {
      if (isLowEscape(bytes, at)) at += 6;
      else isWellFormed = false;
    }
    surplus += at - begin - 1;
  }
  into.end = at + 1;
  into.chars = at - from - 1 - surplus;
  into.isWellFormed = isWellFormed;
  return into;
};
