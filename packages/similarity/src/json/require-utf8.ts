import { isUtf8 } from "node:buffer";
import { JsonSyntaxError } from "./json-syntax-error.ts";

/** The bytes that may come second, by the first (The Unicode Standard, table 3-7): neither overlong nor a surrogate. */
const isSecond = (first: number, second: number): boolean => {
  if (first === 0xe0) return second >= 0xa0 && second < 0xc0;
  if (first === 0xed) return second >= 0x80 && second < 0xa0;
  if (first === 0xf0) return second >= 0x90 && second < 0xc0;
  if (first === 0xf4) return second >= 0x80 && second < 0x90;
  return second >= 0x80 && second < 0xc0;
};

/** Bytes that a sequence takes, by its first byte; 0 for those that begin none. */
const sequenceLength = (first: number): number => {
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
};

const isSequence = (bytes: Uint8Array, at: number, length: number): boolean => {
  if (length === 0 || at + length > bytes.length || !isSecond(bytes[at]!, bytes[at + 1]!)) return false;
  for (let index = at + 2; index < at + length; index += 1) {
    if ((bytes[index]! & 0xc0) !== 0x80) return false;
  }
  return true;
};

/** Where the first sequence that is no UTF-8 begins. */
const findInvalid = (bytes: Uint8Array): number => {
  let at = 0;
  for (;;) {
    while (bytes[at]! < 0x80) at += 1;
    const length = sequenceLength(bytes[at]!);
    if (!isSequence(bytes, at, length)) return at;
    at += length;
  }
};

/**
 * Refuses bytes that are no UTF-8. The check of the whole is fast; the first wrong byte is looked for only when there is one.
 *
 * @throws {JsonSyntaxError}
 */
export const requireUtf8 = (bytes: Uint8Array): void => {
  if (!isUtf8(bytes)) throw new JsonSyntaxError(findInvalid(bytes), "not UTF-8");
};
