import { RESULT_FRAME_BYTES_MAX } from "@semblance/shared/job/result-bytes";
import { gather } from "./gather.ts";
import { findRowEnd, readRows } from "./read-rows.ts";
import { readRange, type StoredResult } from "./stored-result.ts";

/** Which rows of a result are asked for. */
export interface Slice {
  offset: number;
  /** All that follow when absent. */
  limit?: number | undefined;
}

export interface LocatedRows {
  /** Where the first of them begins. */
  start: number;
  /** Behind the last of them. */
  end: number;
  hasMore: boolean;
  /** What follows the last row of all, from the bracket on. */
  tail: Buffer;
}

export const RESULT_OPENING = '{"results":[';

const readTail = async (result: StoredResult): Promise<Buffer> => {
  const start = Math.max(0, result.bytes - RESULT_FRAME_BYTES_MAX);
  const bytes = await gather(readRange(result, start, result.bytes));
  return bytes.subarray(bytes.lastIndexOf('],"scored":'));
};

/** Finds where rows stand in a result. Reads no further than to their end, piece by piece, and keeps none of it. */
export const locateRows = async (
  result: StoredResult,
  { offset, limit = Number.POSITIVE_INFINITY }: Slice,
): Promise<LocatedRows> => {
  const tail = await readTail(result);
  const first = RESULT_OPENING.length;
  const end = result.bytes - tail.length;
  if (offset === 0 && limit === Number.POSITIVE_INFINITY) return { start: first, end, hasMore: false, tail };

  let start = end;
  let pieceStart = first;
  let row = 0;
  for await (const piece of readRows(result, first, end)) {
    for (let at = 0; at < piece.length; row += 1) {
      if (row === offset) start = pieceStart + at;
      const rowEnd = findRowEnd(piece, at);
      if (row + 1 === offset + limit) {
        const stop = pieceStart + rowEnd;
        return { start, end: stop, hasMore: stop < end, tail };
      }
      at = rowEnd + ",".length;
    }
    if (start < end && limit === Number.POSITIVE_INFINITY) break;
    pieceStart += piece.length + ",".length;
  }
  return { start, end, hasMore: false, tail };
};
