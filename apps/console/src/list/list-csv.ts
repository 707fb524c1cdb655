import type { RankedRow } from "./ranked-row.ts";

/** Without it Excel takes UTF-8 for its country's old code page. */
const BYTE_ORDER_MARK = "\uFEFF";

/** What spreadsheets may take for the beginning of a formula, the full-width forms included. */
const FORMULA = /^[=+\-@\t\r\n\0＝＋－＠]/;

/**
 * A field of RFC 4180, always in quotes, so that no other separator splits it. What would begin a formula stands behind a single quote
 * (https://owasp.org/www-community/attacks/CSV_Injection), as in the API's CSV: the file is made for spreadsheets, and may hold what
 * strangers wrote; who needs every text as it was has the download as JSON.
 */
const toField = (text: string): string => `"${FORMULA.test(text) ? "'" : ""}${text.replaceAll('"', '""')}"`;

/** A ranking for spreadsheets, as CSV (RFC 4180) behind a byte order mark; an id of `null` is an empty field. */
export const toCsv = (rows: readonly RankedRow[]): string => {
  const lines = rows.map(
    ({ rank, score, index, id, text }) =>
      `${rank},${score},${index},${id === null ? "" : toField(id)},${toField(text)}\r\n`,
  );
  return `${BYTE_ORDER_MARK}rank,score,index,id,text\r\n${lines.join("")}`;
};
