import { readRange, type StoredResult } from "./stored-result.ts";

/**
 * How a row ends and the next one begins. Nothing in a row looks like it, since a quote in an id has a backslash before it, and that of
 * a key no brace but this one.
 */
export const BETWEEN_ROWS = '},{"index":';

/** Where the row ends that begins at `start`, in bytes that end with a row. */
export const findRowEnd = (rows: Buffer, start: number): number => {
  const end = rows.indexOf(BETWEEN_ROWS, start);
  return end === -1 ? rows.length : end + 1;
};

/**
 * The rows from `start` to before `end`, in pieces of whole rows, without the commas between pieces. A piece is hardly longer than a
 * chunk.
 */
export async function* readRows(result: StoredResult, start: number, end: number) {
  let begun: Buffer = Buffer.alloc(0);
  for await (const chunk of readRange(result, start, end)) {
    const bytes = Buffer.concat([begun, chunk]);
    const last = bytes.lastIndexOf(BETWEEN_ROWS);
    if (last === -1) {
      begun = bytes;
      continue;
    }
    yield bytes.subarray(0, last + 1);
    begun = bytes.subarray(last + "},".length);
  }
  if (begun.length > 0) yield begun;
}
