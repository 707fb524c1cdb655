import type { Candidate } from "./candidate.ts";
import { decodeText } from "./decode-text.ts";
import { readJson, readJsonLines } from "./read-json.ts";
import { readLines } from "./read-lines.ts";
import { readTable, type Table, type TableChoice } from "./read-table.ts";

export interface List {
  candidates: Candidate[];
  /** Of CSV and TSV. */
  table?: Table;
  /** Of a submission in JSON. */
  query?: string;
}

/**
 * Reads the candidates of a file as its name ends: .csv and .tsv, .json, .ndjson and .jsonl; of any other, each line is one. What is in it
 * is not asked, so that a list of lines that happen to be JSON stays one. A file without candidates gives none.
 *
 * @throws {ListError}
 */
export const readList = (bytes: Uint8Array, name: string, choice?: TableChoice): List => {
  const text = decodeText(bytes);
  switch (/\.[^.]*$/.exec(name)?.[0].toLowerCase()) {
    case ".csv":
      return readTable(text, choice);
    case ".tsv":
      return readTable(text, choice, "\t");
    case ".json":
      return readJson(text);
    case ".ndjson":
    case ".jsonl":
      return { candidates: readJsonLines(text) };
    default:
      return { candidates: readLines(text) };
  }
};
