import { type LocatedRows, RESULT_OPENING } from "./locate-rows.ts";
import { BETWEEN_ROWS, readRows } from "./read-rows.ts";
import { readRange, type StoredResult } from "./stored-result.ts";
import { CSV_HEADER, toCsvLines } from "./to-csv-lines.ts";

const BETWEEN_LINES = BETWEEN_ROWS.replace(",", "\n");

async function* writeJson(result: StoredResult, { start, end, tail }: LocatedRows) {
  yield Buffer.from(RESULT_OPENING);
  yield* readRange(result, start, end);
  yield tail;
}

/** Each byte is a character of latin1, so that none is changed but the commas between rows. */
async function* writeNdjson(result: StoredResult, { start, end }: LocatedRows) {
  for await (const piece of readRows(result, start, end)) {
    const lines = piece.toString("latin1").replaceAll(BETWEEN_ROWS, BETWEEN_LINES);
    yield Buffer.from(`${lines}\n`, "latin1");
  }
}

async function* writeCsv(result: StoredResult, { start, end }: LocatedRows) {
  yield Buffer.from(CSV_HEADER);
  for await (const piece of readRows(result, start, end)) yield toCsvLines(piece);
}

export interface ResultFormat {
  /** What its entity tags have behind the job's id. */
  tag: string;
  /** What its file is called behind the job's id, where it is to be saved rather than shown. */
  fileExtension?: string;
  write: (result: StoredResult, rows: LocatedRows) => AsyncIterable<Buffer>;
}

/** What a result is answered as, by its media type; the first one unless another is asked for. */
export const resultFormats = {
  "application/json": { tag: "", write: writeJson },
  "text/csv; charset=utf-8; header=present": { tag: "-csv", fileExtension: ".csv", write: writeCsv },
  "application/x-ndjson": { tag: "-ndjson", write: writeNdjson },
} as const satisfies Record<string, ResultFormat>;

export type ResultMediaType = keyof typeof resultFormats;
