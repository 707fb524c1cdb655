import { type CandidateErrorCode, CandidateErrors, type CandidateIssue } from "./candidate-errors.ts";
import { measureString, type StringMeasure } from "./measure-string.ts";
import { requireUtf8 } from "./require-utf8.ts";
import {
  expectEnd,
  isArray,
  isObject,
  isString,
  skipEach,
  skipName,
  skipString,
  skipValue,
  skipWhitespace,
} from "./scan-json.ts";

export interface CandidateLimits {
  countMax: number;
  /** Unicode code points of a text. */
  textCharsMax: number;
  /** Unicode code points of an id. */
  idCharsMax: number;
}

export interface CandidateScan {
  count: number;
  /** Unicode code points of all texts. */
  chars: number;
}

/** The scan goes on for so many issues: one wrong program makes the same mistake everywhere. */
const ISSUES_MAX = 10;

const escapePointer = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1");

class CandidateScanner {
  readonly #bytes: Uint8Array;
  readonly #limits: CandidateLimits;
  readonly #issues: CandidateIssue[] = [];
  readonly #measure: StringMeasure = { end: 0, chars: 0, isWellFormed: true };
  #count = 0;
  #chars = 0;

  constructor(bytes: Uint8Array, limits: CandidateLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
  }

  scan(): CandidateScan {
    const from = skipWhitespace(this.#bytes, 0);
    if (isArray(this.#bytes, from)) {
      expectEnd(
        this.#bytes,
        skipEach(this.#bytes, from, (at) => this.#element(at)),
      );
      if (this.#count === 0) this.#report("empty", "", "holds no candidate");
    } else {
      expectEnd(this.#bytes, skipValue(this.#bytes, from));
      this.#report("not_array", "", "is not an array");
    }
    if (this.#issues.length > 0) throw new CandidateErrors(this.#issues);
    return { count: this.#count, chars: this.#chars };
  }

  #element(at: number): number {
    if (this.#count === this.#limits.countMax) {
      this.#issues.length = 0;
      this.#report("too_many", "", `holds more than ${this.#limits.countMax} candidates`);
      throw new CandidateErrors(this.#issues);
    }
    const pointer = `/${this.#count}`;
    this.#count += 1;
    if (isString(this.#bytes, at)) return this.#text(at, pointer);
    if (isObject(this.#bytes, at)) return this.#object(at, pointer);
    this.#report("wrong_type", pointer, "is neither a string nor an object");
    return skipValue(this.#bytes, at);
  }

  #object(from: number, pointer: string): number {
    // As for JSON.parse, the last of several equal names wins; the others need not even be strings.
    let text = -1;
    let id = -1;
    const end = skipEach(this.#bytes, from, (at) => {
      const value = skipName(this.#bytes, at);
      const name = this.#name(at);
      if (name === "text") text = value;
      else if (name === "id") id = value;
      else this.#report("unknown_field", `${pointer}/${escapePointer(name)}`, "unknown field");
      return skipValue(this.#bytes, value);
    });
    if (text < 0) this.#report("missing_text", `${pointer}/text`, "required");
    else if (isString(this.#bytes, text)) this.#text(text, `${pointer}/text`);
    else this.#report("wrong_type", `${pointer}/text`, "is not a string");
    if (id >= 0) this.#id(id, `${pointer}/id`);
    return end;
  }

  #text(at: number, pointer: string): number {
    const { textCharsMax } = this.#limits;
    const { end, chars, isWellFormed } = measureString(this.#bytes, at, this.#measure);
    if (!isWellFormed) this.#report("unpaired_surrogate", pointer, "holds an unpaired surrogate escape");
    if (chars > textCharsMax) {
      this.#report("text_too_long", pointer, `has ${chars} characters, ${textCharsMax} are allowed`);
    }
    this.#chars += chars;
    return end;
  }

  #id(at: number, pointer: string): void {
    if (!isString(this.#bytes, at)) {
      this.#report("wrong_type", pointer, "is not a string");
      return;
    }
    const { idCharsMax } = this.#limits;
    const { chars, isWellFormed } = measureString(this.#bytes, at, this.#measure);
    if (!isWellFormed) this.#report("unpaired_surrogate", pointer, "holds an unpaired surrogate escape");
    if (chars < 1 || chars > idCharsMax) {
      this.#report("id_length", pointer, `has ${chars} characters, 1 to ${idCharsMax} are allowed`);
    }
  }

  #name(at: number): string {
    const name = this.#bytes.subarray(at, skipString(this.#bytes, at));
    return JSON.parse(new TextDecoder().decode(name)) as string;
  }

  #report(code: CandidateErrorCode, pointer: string, detail: string): void {
    this.#issues.push({ code, pointer, detail });
    if (this.#issues.length === ISSUES_MAX) throw new CandidateErrors(this.#issues);
  }
}

/**
 * Validates and counts a JSON array of candidates, strings or `{ "id"?, "text" }` objects, straight from its bytes: no text
 * becomes a string.
 *
 * @throws {JsonSyntaxError} for what JSON.parse refuses
 * @throws {CandidateErrors} with the places of what is wrong with the candidates
 */
export const scanCandidates = (bytes: Uint8Array, limits: CandidateLimits): CandidateScan => {
  requireUtf8(bytes);
  return new CandidateScanner(bytes, limits).scan();
};
