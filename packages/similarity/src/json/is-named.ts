import { readEscape, skipEscape } from "./escape.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether a JSON string is this name, its escapes decoded; no string is made to know.
 *
 * @param from the opening quote of a string that `skipString` has accepted
 * @param name of ASCII characters, no quote among them
 */
export const isNamed = (bytes: Uint8Array, from: number, name: string): boolean => {
  let at = from + 1;
  for (let index = 0; index < name.length; index += 1) {
    const byte = bytes[at]!;
    const unit = byte === BACKSLASH ? readEscape(bytes, at) : byte;
    if (unit !== name.charCodeAt(index)) return false;
    at = byte === BACKSLASH ? skipEscape(bytes, at) : at + 1;
  }
  return bytes[at] === QUOTE;
};
