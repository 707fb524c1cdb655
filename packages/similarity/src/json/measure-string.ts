import { skipString } from "./scan-json.ts";

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;

export interface StringMeasure {
  /** Offset behind the closing quote. */
  end: number;
  /** Unicode code points, escapes decoded. */
  chars: number;
  /** Whether every surrogate escape is one of a pair. */
  isWellFormed: boolean;
}

const readHex = (bytes: Uint8Array, at: number): number =>
  Number.parseInt(String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!), 16);

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit < 0xe000;

/** The unit of a `\u` escape; `-1` when there is none at this offset. */
const readUnit = (bytes: Uint8Array, at: number): number =>
  bytes[at] === BACKSLASH && bytes[at + 1] === LOWER_U ? readHex(bytes, at + 2) : -1;

/**
 * Measures a JSON string without making it.
 *
 * @param from the opening quote
 * @param into filled and returned, so that a scan of many strings makes no garbage
 * @throws {JsonSyntaxError}
 */
export const measureString = (bytes: Uint8Array, from: number, into: StringMeasure): StringMeasure => {
  const end = skipString(bytes, from);
  let chars = 0;
  let isWellFormed = true;
  let at = from + 1;
  while (at < end - 1) {
    const byte = bytes[at]!;
    if (byte !== BACKSLASH) {
      // A continuation byte belongs to the character before it.
      if ((byte & 0xc0) !== 0x80) chars += 1;
      at += 1;
      continue;
    }
    const unit = readUnit(bytes, at);
    at += unit < 0 ? 2 : 6;
    chars += 1;
    if (isLowSurrogate(unit)) isWellFormed = false;
    if (!isHighSurrogate(unit)) continue;
    if (isLowSurrogate(readUnit(bytes, at))) at += 6;
    else isWellFormed = false;
  }
  into.end = end;
  into.chars = chars;
  into.isWellFormed = isWellFormed;
  return into;
};
