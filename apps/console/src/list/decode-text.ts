import { ListError } from "./list-error.ts";
import { unifyLineEnds } from "./unify-line-ends.ts";

const NOT_TEXT =
  "this is not a text file; save a spreadsheet as CSV, or a document as plain text, and take that";

const isDecoded = (bytes: Uint8Array): boolean => {
  try {
    // As the beginning of more, it may end within a character.
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
};

/** The line of the first byte that is not UTF-8, by bisection, since decoders do not tell: whatever begins with it is broken, too. */
const findBrokenLine = (bytes: Uint8Array): number => {
  let sound = 0;
  let broken = bytes.length;
  while (broken - sound > 1) {
    const middle = Math.floor((sound + broken) / 2);
    if (isDecoded(bytes.subarray(0, middle))) sound = middle;
    else broken = middle;
  }
  return unifyLineEnds(new TextDecoder().decode(bytes.subarray(0, sound))).split("\n").length;
};

const decodeUtf8 = (bytes: Uint8Array): string => {
  if (bytes.includes(0)) throw new ListError(NOT_TEXT);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ListError(
      `line ${findBrokenLine(bytes)} is not UTF-8; save the file as UTF-8 (in Excel: "CSV UTF-8")`,
    );
  }
};

const decodeUtf16 = (bytes: Uint8Array, encoding: "utf-16le" | "utf-16be"): string => {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Told alike.
  }
  throw new ListError(NOT_TEXT);
};

/**
 * The text of a file without its byte order mark: UTF-8, or UTF-16 where the mark says so, as in Excel's "Unicode Text".
 *
 * @throws {ListError} for what is neither, and for NUL, which no text has and nearly every other file
 */
export const decodeText = (bytes: Uint8Array): string => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decodeUtf16(bytes, "utf-16le");
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decodeUtf16(bytes, "utf-16be");
  return decodeUtf8(bytes);
};
