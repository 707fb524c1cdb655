import type { ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import { isString, skipValue, skipWhitespace } from "@semblance/similarity/json/scan-json";
import { Problem } from "../problems/problem.ts";

/** Bytes of the documents that requests hold in memory while they wait; a single request may hold more. */
const KEPT_BYTES_MAX = 64 * 2 ** 20;
const RETRY_S = 1;
/** So many bytes are walked through at once; other requests are served in between. */
const STRIDE_BYTES = 65_536;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Counts the bytes that are kept for answers, from before a request's job is accepted until its answer is out. */
export class KeptBytes {
  #bytes = 0;

  /** @throws {Problem} `overloaded` when others keep so many that these are too many */
  keepUntilAnswered(bytes: number, outgoing: ServerResponse): void {
    if (this.#bytes > 0 && this.#bytes + bytes > KEPT_BYTES_MAX) {
      throw new Problem("overloaded", {
        detail: "Too many documents are kept to be returned.",
        retryAfterS: RETRY_S,
      });
    }
    if (outgoing.closed) return;
    this.#bytes += bytes;
    outgoing.once("close", () => {
      this.#bytes -= bytes;
    });
  }
}

/** The documents of a request as they came, found by their index. */
export class KeptDocuments {
  readonly #json: Buffer;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;

  /** See {@link findDocuments}. */
  constructor(json: Buffer, starts: Uint32Array, ends: Uint32Array) {
    this.#json = json;
    this.#starts = starts;
    this.#ends = ends;
  }

  /** A document as the JSON object that is returned, a character a byte; an object is what came, its `id` included. */
  toObject(index: number): string {
    const start = this.#starts[index]!;
    const document = this.#json.toString("latin1", start, this.#ends[index]);
    return isString(this.#json, start) ? `{"text":${document}}` : document;
  }
}

/** Behind a string that is known to be valid: found by its quotes, which is several times as fast as looking at each byte. */
const skipValidString = (json: Buffer, from: number): number => {
  for (let at = json.indexOf(QUOTE, from + 1); ; at = json.indexOf(QUOTE, at + 1)) {
    let before = at - 1;
    while (json[before] === BACKSLASH) before -= 1;
    const isEscaped = (at - before) % 2 === 0;
    if (!isEscaped) return at + 1;
  }
};

/**
 * Finds where each document begins and ends, without making a value of any.
 *
 * @param json an array of candidates that was looked through, of so many
 */
export const findDocuments = async (json: Buffer, count: number): Promise<KeptDocuments> => {
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  let at = skipWhitespace(json, 0);
  let paused = at;
  for (let index = 0; index < count; index += 1) {
    // Behind the opening bracket, or a comma.
    const start = skipWhitespace(json, at + 1);
    const end = isString(json, start) ? skipValidString(json, start) : skipValue(json, start);
    starts[index] = start;
    ends[index] = end;
    at = skipWhitespace(json, end);
    if (at - paused > STRIDE_BYTES) {
      await setImmediate();
      paused = at;
    }
  }
  return new KeptDocuments(json, starts, ends);
};
