import { readRange, type StoredResult } from "../results/stored-result.ts";
import type { KeptDocuments } from "./kept-documents.ts";

export type RerankVersion = "1" | "2";

export interface RerankAnswer {
  /** The job's. */
  id: string;
  version: RerankVersion;
  result: StoredResult;
  /** Where each result is to hold its document. */
  documents: KeptDocuments | null;
}

const RESULTS_OPEN = '{"results":[';
/** A row as the worker writes it, with the comma before it; an id is a JSON string as it came. */
const ROW = /,?\{"index":(\d+),"id":(?:null|"(?:[^"\\]|\\.)*"),"score":([^}]+)\}/y;
const PIECE_CHARS = 65_536;

/**
 * Writes a job's result as Cohere's clients expect it, row by row: no more than a piece of it is in memory, and nothing is parsed.
 *
 * Everything is taken as a character a byte, so that a piece may end within a character of UTF-8.
 *
 * @throws when the result is not as the worker writes it
 */
export async function* writeRerankAnswer({
  id,
  version,
  result,
  documents,
}: RerankAnswer): AsyncGenerator<Buffer> {
  let piece = `{"id":${JSON.stringify(id)},"results":[`;
  let unread = "";
  let isFirst = true;
  let at = RESULTS_OPEN.length;
  for await (const part of readRange(result, 0, result.bytes)) {
    unread += part.toString("latin1");
    for (;;) {
      ROW.lastIndex = at;
      const row = ROW.exec(unread);
      if (!row) break;
      at = ROW.lastIndex;
      const [, index, score] = row;
      const document = documents ? `,"document":${documents.toObject(Number(index))}` : "";
      piece += `${isFirst ? "" : ","}{"index":${index},"relevance_score":${score}${document}}`;
      isFirst = false;
      if (piece.length >= PIECE_CHARS) {
        yield Buffer.from(piece, "latin1");
        piece = "";
      }
    }
    unread = unread.slice(at);
    at = 0;
  }
  if (!unread.startsWith("]")) throw new Error("a result is not as it should be");
  const meta = { api_version: { version }, billed_units: { search_units: 0 } };
  yield Buffer.from(`${piece}],"meta":${JSON.stringify(meta)}}`, "latin1");
}
