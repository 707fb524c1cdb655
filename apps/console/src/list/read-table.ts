import Papa from "papaparse";
import type { Candidate } from "./candidate.ts";
import { ListError } from "./list-error.ts";
import { unifyLineEnds } from "./unify-line-ends.ts";

/** How a table was read. Columns count from 0. */
export interface Table {
  /** Their names; "column 1" and so on where the table has none. */
  columns: string[];
  textColumn: number;
  idColumn: number | null;
  hasHeader: boolean;
}

/** What its reader knows better than a guess. */
export type TableChoice = Partial<Omit<Table, "columns">>;

/** More than anyone chooses from. */
const COLUMNS_MAX = 1_000;

/** By which the header is known, and in it the column of texts: that of the first of these names. */
export const TEXT_NAMES = ["text", "candidate", "name", "title", "label", "value"];
const ID_NAMES = ["id", "key"];

/** Texts hold tabs and semicolons less often than commas, so that of equals the first is more likely. */
const DELIMITERS = ["\t", ";", ","];
/** No text has it: a table that is not delimited is of one column, and its commas are those of texts. */
const NO_DELIMITER = "\0";
/** At least sixteen rows of the longest texts that the API takes. */
const GUESSED_CHARACTERS = 1 << 20;
const GUESSED_ROWS = 100;

const isBlank = (cell: string): boolean => cell.trim() === "";
const isBlankRow = (row: string[]): boolean => row.every(isBlank);

const parse = (text: string, delimiter: string, preview = 0) =>
  Papa.parse<string[]>(text, { delimiter, newline: "\n", preview });

/** The delimiter by which most rows have as many cells as the first. */
const guessDelimiter = (text: string): string => {
  const beginning = text.slice(0, GUESSED_CHARACTERS);
  let best = { delimiter: NO_DELIMITER, agreement: 0.5 };
  for (const delimiter of DELIMITERS) {
    const rows = parse(beginning, delimiter, GUESSED_ROWS).data.filter((row) => !isBlankRow(row));
    const width = rows[0]?.length ?? 0;
    const agreement = rows.filter(({ length }) => length === width).length / rows.length;
    if (width > 1 && agreement > best.agreement) best = { delimiter, agreement };
  }
  return best.delimiter;
};

const requireSoundQuotes = (text: string, errors: Papa.ParseError[]): void => {
  const [error] = errors;
  if (!error) return;
  const line = text.slice(0, error.index).split("\n").length;
  const problem =
    error.code === "MissingQuotes"
      ? "is not closed"
      : "has a quote in it that neither closes it nor is doubled";
  throw new ListError(`line ${line}: the quoted cell that begins there ${problem}`);
};

/** A comma that should be in quotes would cut a text short, and nobody would see it. */
const requireWidth = (rows: string[][], width: number): void => {
  if (width > COLUMNS_MAX) throw new ListError(`it has ${width} columns; it may have ${COLUMNS_MAX}`);
  const place = rows.findIndex((row) => row.length > width && !isBlankRow(row.slice(width)));
  if (place === -1) return;
  const linesBefore = rows.slice(0, place).map((row) => row.join("").split("\n").length);
  const line = linesBefore.reduce((sum, lines) => sum + lines, 1);
  throw new ListError(
    `line ${line} has ${rows[place]!.length} cells where the first row has ${width}; a text that holds the delimiter has to be in double quotes`,
  );
};

const isNumber = (cell: string): boolean => /^[-+]?\d+([.,]\d+)*$/.test(cell.trim());

/** Whether some column has a name on top of nothing but numbers, as Python's `csv.Sniffer.has_header` looks for. */
const headsNumbers = ([first = [], ...rest]: string[][]): boolean => {
  const looked = rest.slice(0, GUESSED_ROWS);
  return first.some(
    (cell, column) =>
      looked.length > 0 &&
      !isBlank(cell) &&
      !isNumber(cell) &&
      looked.every((row) => isNumber(row[column] ?? "")),
  );
};

const findColumn = (header: string[], names: string[]): number | null => {
  const name = names.find((name) => header.includes(name));
  return name === undefined ? null : header.indexOf(name);
};

/** The column that holds most, but for the one of ids; the first of equals. */
const findLongestColumn = (rows: string[][], width: number, idColumn: number | null): number => {
  const lengths = new Float64Array(width);
  for (const row of rows) {
    for (const [column, cell] of row.entries()) lengths[column]! += cell.length;
  }
  if (idColumn !== null) lengths[idColumn] = -1;
  return lengths.reduce((longest, length, column) => (length > lengths[longest]! ? column : longest), 0);
};

/**
 * Reads CSV (RFC 4180; semicolons and tabs as well, and rows that end with `\n` or `\r`) or, where the delimiter is given, what is delimited
 * so. Blank rows, which spreadsheets leave behind, are dropped; the cells that a row lacks are empty; line ends within cells become `\n`.
 *
 * @throws {ListError} for quotes that do not pair, and for a row that has more cells than the first
 */
export const readTable = (
  source: string,
  choice: TableChoice = {},
  delimiter?: string,
): { candidates: Candidate[]; table: Table } => {
  const text = unifyLineEnds(source);
  const { data, errors } = parse(text, delimiter ?? guessDelimiter(text));
  requireSoundQuotes(text, errors);
  const rows = data.filter((row) => !isBlankRow(row));
  const [first = []] = rows;
  requireWidth(data, first.length);

  const names = first.map((cell) => cell.trim().toLowerCase());
  const hasHeader =
    choice.hasHeader ??
    (names.some((name) => [...TEXT_NAMES, ...ID_NAMES].includes(name)) || headsNumbers(rows));
  const header = hasHeader ? names : [];
  if (hasHeader) rows.shift();

  const namedId = findColumn(header, ID_NAMES);
  const textColumn =
    choice.textColumn ?? findColumn(header, TEXT_NAMES) ?? findLongestColumn(rows, first.length, namedId);
  const idColumn = choice.idColumn !== undefined ? choice.idColumn : namedId === textColumn ? null : namedId;
  const columns = first.map((cell, column) => (hasHeader && !isBlank(cell) ? cell : `column ${column + 1}`));

  const candidates = rows.map((row): Candidate => {
    const text = row[textColumn] ?? "";
    const id = idColumn === null ? "" : (row[idColumn] ?? "");
    return id === "" ? text : { id, text };
  });
  return { candidates, table: { columns, textColumn, idColumn, hasHeader } };
};
