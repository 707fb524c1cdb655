import type { Job, Result, Submission } from "@semblance/client";
import { ProblemError } from "@semblance/client";
import * as Comlink from "comlink";
import { createClient, type Session } from "../create-client.ts";
import { describeFailure } from "../describe-failure.ts";
import type { Candidate } from "./candidate.ts";
import { toCsv } from "./list-csv.ts";
import { compareRows, type RowOrder } from "./order-rows.ts";
import type { RankedRow } from "./ranked-row.ts";
import { readLines } from "./read-lines.ts";
import { type List, readList } from "./read-list.ts";
import type { Table, TableChoice } from "./read-table.ts";

/** What the page is told of a list, whose texts stay here. */
export interface ListSummary {
  count: number;
  /** The beginnings of the first texts. */
  preview: string[];
  table: Table | undefined;
  query: string | undefined;
}

/** Everything of a submission but its candidates. */
export type SubmissionFields = Omit<Submission, "candidates">;

export interface Refusal {
  /** 0 where there was no answer. */
  status: number;
  code: string;
  message: string;
  retryAfterS: number | null;
  errors: { pointer?: string; detail: string }[];
}

export type Outcome<Value> = { value: Value } | { refusal: Refusal };

export type DownloadFormat = "csv" | "json" | "body";

const PREVIEW_COUNT = 5;
const PREVIEW_CHARACTERS = 160;
/** More than anyone wants in a clipboard. */
const COPIED_CHARACTERS_MAX = 8_000;
/** What JSON has around each text. */
const QUOTED_CHARACTERS = 8;
/** The greatest body, over a line of 1 Mbit/s. */
const SUBMIT_TIMEOUT_MS = 150_000;

const textOf = (candidate: Candidate): string => (typeof candidate === "string" ? candidate : candidate.text);

const toRefusal = (error: unknown): Refusal => {
  const message = describeFailure(error);
  if (!(error instanceof ProblemError)) {
    return { status: 0, code: "connection", message, retryAfterS: null, errors: [] };
  }
  const { status, code, retryAfterS, errors } = error;
  return { status, code, message, retryAfterS, errors };
};

/**
 * Keeps lists and rankings, which may be of many megabytes, in a thread of their own: read, sent, sorted and written there, they never
 * hold up the page.
 */
class Desk {
  /** How often something was: of files that are being read only the latest counts. */
  #takes = 0;
  #bytes = new Uint8Array();
  #name = "";
  #candidates: Candidate[] = [];
  /** What is sent, and may be sent again, by the key that it has each time. */
  #sent: { key: string; candidates: Candidate[] } = { key: "", candidates: [] };
  #submitted: { jobId: string; fields: SubmissionFields; candidates: Candidate[] } | undefined;
  #rows: RankedRow[] = [];
  #order: RowOrder = { by: "score", descending: true };

  /** @throws {Error} whose message says what is wrong with the file, and where */
  async takeFile(file: Blob, name: string): Promise<ListSummary> {
    this.#takes += 1;
    const take = this.#takes;
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (take !== this.#takes) throw new Error("something else was taken since");
    // What cannot be read takes nobody's place.
    const list = readList(bytes, name);
    this.#bytes = bytes;
    this.#name = name;
    return this.#take(list);
  }

  /** Reads the file again, as its reader says that its columns are. */
  chooseColumns(choice: TableChoice): ListSummary {
    this.#takes += 1;
    return this.#take(readList(this.#bytes, this.#name, choice));
  }

  takeText(text: string): ListSummary {
    this.#takes += 1;
    this.#bytes = new Uint8Array();
    return this.#take({ candidates: readLines(text) });
  }

  /** Sends what was taken last; again, whatever has been taken meanwhile, under a key that it was sent under before. */
  async submit(session: Session, fields: SubmissionFields, idempotencyKey: string): Promise<Outcome<Job>> {
    if (this.#sent.key !== idempotencyKey) this.#sent = { key: idempotencyKey, candidates: this.#candidates };
    const { candidates } = this.#sent;
    try {
      const job = await createClient(session, SUBMIT_TIMEOUT_MS).submit(
        { ...fields, candidates },
        { idempotencyKey },
      );
      this.#submitted = { jobId: job.id, fields, candidates };
      this.#rows = [];
      return { value: job };
    } catch (error) {
      return { refusal: toRefusal(error) };
    }
  }

  /** Fetches the result of what was submitted last. */
  async fetchRanking(session: Session, jobId: string): Promise<Outcome<Omit<Result, "results">>> {
    try {
      const { results, ...rest } = await createClient(session).result(jobId);
      // Another one may have been submitted meanwhile, whose texts these scores are not of.
      if (this.#submitted?.jobId !== jobId) return { value: rest };
      const { candidates } = this.#submitted;
      this.#rows = results.map(({ index, id, score }, place) => ({
        rank: place + 1,
        score,
        index,
        id,
        text: textOf(candidates[index] ?? ""),
      }));
      this.#order = { by: "score", descending: true };
      return { value: rest };
    } catch (error) {
      return { refusal: toRefusal(error) };
    }
  }

  /** @returns so many of the ranking's rows, in that order */
  rows(order: RowOrder, limit: number): { rows: RankedRow[]; total: number } {
    if (order.by !== this.#order.by || order.descending !== this.#order.descending) {
      this.#rows.sort(compareRows(order));
      this.#order = order;
    }
    return { rows: this.#rows.slice(0, limit), total: this.#rows.length };
  }

  /** @returns the body that was submitted; `null` where it is too long to be shown */
  body(): string | null {
    if (!this.#submitted) return null;
    const { fields, candidates } = this.#submitted;
    let characters = 0;
    for (const candidate of candidates) {
      characters += textOf(candidate).length + QUOTED_CHARACTERS;
      if (characters > COPIED_CHARACTERS_MAX) return null;
    }
    return JSON.stringify({ ...fields, candidates }, null, 2);
  }

  download(format: DownloadFormat): Blob {
    const ranking = [...this.#rows].sort(compareRows({ by: "score", descending: true }));
    switch (format) {
      case "csv":
        return new Blob([toCsv(ranking)], { type: "text/csv" });
      case "json":
        return new Blob([JSON.stringify(ranking, null, 2)], { type: "application/json" });
      case "body": {
        const { fields, candidates } = this.#submitted!;
        return new Blob([JSON.stringify({ ...fields, candidates })], { type: "application/json" });
      }
    }
  }

  #take({ candidates, table, query }: List): ListSummary {
    // A file of nothing is refused, and what was there stays.
    if (candidates.length > 0) this.#candidates = candidates;
    const preview = candidates
      .slice(0, PREVIEW_COUNT)
      .map((candidate) => textOf(candidate).slice(0, PREVIEW_CHARACTERS));
    return { count: candidates.length, preview, table, query };
  }
}

export type { Desk };

Comlink.expose(new Desk());
