import { isUtf8 } from "node:buffer";
import { JsonSyntaxError } from "./json-syntax-error.ts";

/** Bytes that a sequence takes, by its first byte; 0 for those that begin none (The Unicode Standard, table 3-7). */
const sequenceLength = (first: number): number => {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
};

/**
 * Refuses bytes that are no UTF-8. The check of the whole is fast; the first wrong byte is looked for only when there is one.
 *
 * @throws {JsonSyntaxError}
 */
export const requireUtf8 = (bytes: Uint8Array): void => {
  if (isUtf8(bytes)) return;
  let at = 0;
  for (;;) {
    const length = sequenceLength(bytes[at]!);
    if (length === 0 || !isUtf8(bytes.subarray(at, at + length)) || at + length > bytes.length) {
      throw new JsonSyntaxError(at, "not UTF-8");
    }
    at += length;
  }
};
