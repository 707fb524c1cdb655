import { type CandidateErrorCode, CandidateErrors, type CandidateIssue } from "./candidate-errors.ts";
import { isNamed } from "./is-named.ts";
import { JsonSyntaxError } from "./json-syntax-error.ts";
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

export const NO_LIMITS: CandidateLimits = {
  countMax: Number.POSITIVE_INFINITY,
  textCharsMax: Number.POSITIVE_INFINITY,
  idCharsMax: Number.POSITIVE_INFINITY,
};

export interface CandidateScan {
  count: number;
  /** Unicode code points of all texts. */
  chars: number;
  /** Bytes of all ids, as the JSON strings they are. */
  idBytes: number;
}

/** The scan goes on for so many issues: one wrong program makes the same mistake everywhere. */
const ISSUES_MAX = 10;
/** A longer name is not told: ten of them would make an answer as long as the request. */
const TOLD_NAME_BYTES_MAX = 256;

const escapePointer = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1");

class CandidateScanner {
  readonly #bytes: Uint8Array;
  readonly #limits: CandidateLimits;
  readonly #issues: CandidateIssue[] = [];
  readonly #measure: StringMeasure = { end: 0, chars: 0, isWellFormed: true };
  #count = 0;
  #chars = 0;
  #idBytes = 0;
  // Where the values of the object that is being scanned begin; -1 while there is none.
  #textAt = -1;
  #idAt = -1;

  constructor(bytes: Uint8Array, limits: CandidateLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
  }

  /** The index of the element at hand, or of the last one. */
  get element(): number | null {
    return this.#count === 0 ? null : this.#count - 1;
  }

  scan(): CandidateScan {
    const from = skipWhitespace(this.#bytes, 0);
    if (isArray(this.#bytes, from)) {
      expectEnd(this.#bytes, skipEach(this.#bytes, from, this.#element));
      if (this.#count === 0) this.#report("empty", "", "holds no candidate");
    } else {
      expectEnd(this.#bytes, skipValue(this.#bytes, from));
      this.#report("not_array", "", "is not an array");
    }
    if (this.#issues.length > 0) throw new CandidateErrors(this.#issues);
    return { count: this.#count, chars: this.#chars, idBytes: this.#idBytes };
  }

  readonly #element = (at: number): number => {
    if (this.#count === this.#limits.countMax) {
      this.#issues.length = 0;
      this.#report("too_many", "", `holds more than ${this.#limits.countMax} candidates`);
      throw new CandidateErrors(this.#issues);
    }
    this.#count += 1;
    if (isString(this.#bytes, at)) return this.#text(at, "");
    if (isObject(this.#bytes, at)) return this.#object(at);
    this.#reportElement("wrong_type", "", "is neither a string nor an object");
    return skipValue(this.#bytes, at);
  };

  #object(from: number): number {
    this.#textAt = -1;
    this.#idAt = -1;
    const end = skipEach(this.#bytes, from, this.#member);
    if (this.#textAt < 0) this.#reportElement("missing_text", "/text", "required");
    else if (isString(this.#bytes, this.#textAt)) this.#text(this.#textAt, "/text");
    else this.#reportElement("wrong_type", "/text", "is not a string");
    if (this.#idAt >= 0) this.#id(this.#idAt, "/id");
    return end;
  }

  /** As for JSON.parse, the last of several equal names wins; the others need not even be strings. */
  readonly #member = (at: number): number => {
    const value = skipName(this.#bytes, at);
    if (isNamed(this.#bytes, at, "text")) this.#textAt = value;
    else if (isNamed(this.#bytes, at, "id")) this.#idAt = value;
    else this.#reportUnknown(at);
    return skipValue(this.#bytes, value);
  };

  #text(at: number, pointer: string): number {
    const { textCharsMax } = this.#limits;
    const { end, chars, isWellFormed } = measureString(this.#bytes, at, this.#measure);
    if (!isWellFormed) {
      this.#reportElement("unpaired_surrogate", pointer, "holds an unpaired surrogate escape");
    }
    if (chars > textCharsMax) {
      this.#reportElement("text_too_long", pointer, `has ${chars} characters, ${textCharsMax} are allowed`);
    }
    this.#chars += chars;
    return end;
  }

  #id(at: number, pointer: string): void {
    if (!isString(this.#bytes, at)) {
      this.#reportElement("wrong_type", pointer, "is not a string");
      return;
    }
    const { idCharsMax } = this.#limits;
    const { end, chars, isWellFormed } = measureString(this.#bytes, at, this.#measure);
    this.#idBytes += end - at;
    if (!isWellFormed)
      this.#reportElement("unpaired_surrogate", pointer, "holds an unpaired surrogate escape");
    if (chars < 1 || chars > idCharsMax) {
      const allowed = idCharsMax === Number.POSITIVE_INFINITY ? "1 or more" : `1 to ${idCharsMax}`;
      this.#reportElement("id_length", pointer, `has ${chars} characters, ${allowed} are allowed`);
    }
  }

  #reportUnknown(at: number): void {
    const name = this.#bytes.subarray(at, skipString(this.#bytes, at));
    if (name.length > TOLD_NAME_BYTES_MAX) {
      this.#reportElement("unknown_field", "", `has an unknown field with a name of ${name.length} bytes`);
    } else {
      const pointer = `/${escapePointer(JSON.parse(new TextDecoder().decode(name)) as string)}`;
      this.#reportElement("unknown_field", pointer, "unknown field");
    }
  }

  /** @param pointer within the element that is being scanned */
  #reportElement(code: CandidateErrorCode, pointer: string, detail: string): void {
    this.#report(code, `/${this.#count - 1}${pointer}`, detail);
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
 * @throws {JsonSyntaxError} for what JSON.parse refuses, with the element that is wrong
 * @throws {CandidateErrors} with the places of what is wrong with the candidates
 */
export const scanCandidates = (bytes: Uint8Array, limits: CandidateLimits = NO_LIMITS): CandidateScan => {
  let scanner = new CandidateScanner(bytes, limits);
  try {
    requireUtf8(bytes);
    return scanner.scan();
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    if (scanner.element === null) {
      // UTF-8 was looked at first: what is before its end tells the element.
      scanner = new CandidateScanner(bytes.subarray(0, error.offset), NO_LIMITS);
      try {
        scanner.scan();
      } catch {}
    }
    throw new JsonSyntaxError(error.offset, error.reason, scanner.element);
  }
};
