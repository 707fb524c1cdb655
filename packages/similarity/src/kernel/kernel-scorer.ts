import type { Scores } from "../best-candidates.ts";
import { NO_LIMITS } from "../json/scan-candidates.ts";
import { SimilarityError } from "../similarity-error.ts";
import { KEPT_MEMORY_BYTES, KERNEL_METRICS, Kernel, type KernelMetric } from "./kernel.ts";
import { loadJson, setScan, takePlaces } from "./scan.ts";

/** UTF-8 takes three bytes at most for a UTF-16 code unit. */
const BYTES_PER_UNIT_MAX = 3;
const BYTES_PER_CHAR_MAX = 4;
/** Bytes of a u32 and of an f64. */
const WORD = 4;
const DOUBLE = 8;
/** Bytes of a token in the kernel's lists, of which a text has one for two characters, and one more: see ../../kernel/tokens.ts. */
const TOKEN_BYTES = 12;

/** Longer ones could need more than the memory can grow to; a sum of sizes below never overflows. */
const TEXT_CHARS_MAX = 2 ** 22;
/** Of all texts that are loaded at once. */
const LOADED_CHARS_MAX = 2 ** 26;

/** What is loaded at once of texts that are strings, beside a single one. */
const LOADED_UNITS_MAX = 2 ** 22;
const LOADED_TEXTS_MAX = 2 ** 15;
/** Cells of the matrix, query × text: after so many, progress is told and the least score of interest is looked at once more. */
const PASS_CELLS_MAX = 2 ** 25;
/** However long they are, so many texts are one pass: they share vectors. */
const PASS_TEXTS_MIN = 16;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Takes scores in the order of the texts. */
export type OnScores = (scores: Scores) => void;

/** What is done to every text before it is scored, in the kernel to texts of ASCII and here to all others. */
export interface Normalization {
  /** See ../../kernel/normalize.ts. */
  asciiSteps: number;
  normalize: (text: string) => string;
}

export interface KernelRequest {
  metric: KernelMetric;
  /** As the metric wants it: normalized, and in order where it sorts. */
  query: string;
  normalization: Normalization | undefined;
  /** Whether the texts' tokens are put in order first. */
  sorts: boolean;
  /** Whether a score depends on all texts, so that they must be loaded at once. */
  needsAll: boolean;
  /** The metric's own, as a number. */
  option: number;
  /** Below it a score need not be right, and may be negative; asked for again before each pass. */
  scoreMin: () => number;
  onScores: OnScores;
}

/** Where the ids of candidates stand in their JSON, by index: the string's first byte, quote included, and its bytes; 0 for none. */
export interface IdSpans {
  offsets: Uint32Array;
  lengths: Uint32Array;
}

/** Texts in the kernel's memory. */
interface LoadedTexts {
  count: number;
  /** u32 by text, as the kernel wants them. */
  offsets: number;
  byteLengths: number;
  lengths: number;
  /** Characters of all texts, and of the longest, or a little more than that. */
  chars: number;
  longest: number;
}

const requireAtMost = (max: number, chars: number, what: string): void => {
  if (chars > max) throw new SimilarityError("too_large", `${what} more than ${max} characters`);
};

export const requireWellFormed = (text: string, what: string): void => {
  if (!text.isWellFormed())
    throw new SimilarityError("unpaired_surrogate", `${what} holds an unpaired surrogate`);
};

/** Scores texts by the kernel, one request at a time. */
export class KernelScorer {
  readonly #module: WebAssembly.Module;
  #kernel: Kernel;
  #isBusy = false;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
    this.#kernel = new Kernel(module);
  }

  /** @throws {SimilarityError} `unpaired_surrogate` with the index of the text, `too_large` */
  scoreTexts(request: KernelRequest, texts: readonly string[]): void {
    this.#withQuery(request.query, () => {
      const start = this.#kernel.mark;
      for (let from = 0; from < texts.length; ) {
        const loaded = this.#loadTexts(texts, from, request.needsAll);
        this.#scoreLoaded(request, loaded, from);
        this.#kernel.release(start);
        from += loaded.count;
      }
    });
  }

  /**
   * Scores the texts of a JSON array of candidates, without making a string of any.
   *
   * @param end gets how many there are and where their ids stand, views that are good until it returns
   * @returns what `end` returned; `null` for an array that is wrong or oddly written, of which no text was scored
   * @throws {SimilarityError} `too_large`
   */
  scoreJson<Result>(
    request: KernelRequest,
    json: Uint8Array,
    end: (count: number, ids: IdSpans) => Result,
  ): Result | null {
    return this.#withQuery(request.query, () => {
      const loaded = this.#loadJson(json);
      if (!loaded) return null;
      this.#scoreLoaded(request, loaded, 0);
      const { count, ids } = loaded;
      return end(count, {
        offsets: this.#kernel.words(ids.offsets, count),
        lengths: this.#kernel.words(ids.lengths, count),
      });
    });
  }

  #release(start: number): void {
    this.#kernel.release(start);
    if (this.#kernel.memoryBytes > KEPT_MEMORY_BYTES) this.#kernel = new Kernel(this.#module);
  }

  #withQuery<Result>(query: string, run: () => Result): Result {
    if (this.#isBusy)
      throw new SimilarityError("busy", "the engine is at work: another request needs another engine");
    const start = this.#kernel.mark;
    this.#isBusy = true;
    try {
      this.#setQuery(query);
      return run();
    } finally {
      this.#isBusy = false;
      this.#kernel.exports.clearQuery();
      this.#release(start);
    }
  }

  #setQuery(query: string): void {
    requireWellFormed(query, "the query");
    const kernel = this.#kernel;
    const bytesMax = query.length * BYTES_PER_UNIT_MAX;
    const bytes = kernel.take(bytesMax);
    const codePoints = kernel.take(query.length * WORD);
    const columns = kernel.take(query.length * WORD);
    const cells = kernel.take(query.length * WORD + 16);
    const { written } = encoder.encodeInto(query, kernel.bytes(bytes, bytesMax));
    const length = kernel.exports.decode(bytes, written, codePoints);
    requireAtMost(TEXT_CHARS_MAX, length, "the query has");
    kernel.exports.setQuery(bytes, written, codePoints, length, columns, cells);
  }

  /** Loads as many texts as go at once. */
  #loadTexts(texts: readonly string[], from: number, needsAll: boolean): LoadedTexts {
    let to = from;
    let chars = 0;
    let longest = 0;
    do {
      const { length } = texts[to]!;
      chars += length;
      if (length > longest) longest = length;
      to += 1;
    } while (
      to < texts.length &&
      (needsAll || (to - from < LOADED_TEXTS_MAX && chars + texts[to]!.length <= LOADED_UNITS_MAX))
    );
    const count = to - from;
    const kernel = this.#kernel;
    const offsets = kernel.take(count * WORD);
    const byteLengths = kernel.take(count * WORD);
    const lengths = kernel.take(count * WORD);
    const bytesMax = chars * BYTES_PER_UNIT_MAX;
    const bytes = kernel.take(bytesMax);
    const units = kernel.words(lengths, count);
    for (let index = 0; index < count; index += 1) units[index] = texts[from + index]!.length;
    const joined = (count === texts.length ? texts : texts.slice(from, to)).join("");
    encoder.encodeInto(joined, kernel.bytes(bytes, bytesMax));
    kernel.exports.setTexts(offsets, byteLengths, 0, lengths);
    // Halves of a surrogate pair that end one text and begin the next would look like a whole one.
    if (!joined.isWellFormed() || kernel.exports.cutTexts(bytes, lengths, count) >= 0) {
      for (let index = from; index < to; index += 1) requireWellFormed(texts[index]!, `candidate ${index}`);
    }
    return { count, offsets, byteLengths, lengths, chars, longest };
  }

  #loadJson(json: Uint8Array): (LoadedTexts & { ids: { offsets: number; lengths: number } }) | null {
    const kernel = this.#kernel;
    const at = loadJson(kernel, json);
    // A text has two quotes at the least.
    const places = takePlaces(kernel, (kernel.exports.countQuotes(at, json.length) >>> 1) + 1);
    setScan(kernel, NO_LIMITS, places);
    if (kernel.exports.scanCandidates(at, json.length) === 0) return null;
    const { scannedCount, loadedChars, loadedLongest } = kernel.exports;
    return { ...places, count: scannedCount.value, chars: loadedChars.value, longest: loadedLongest.value };
  }

  #normalize(texts: LoadedTexts, { asciiSteps, normalize }: Normalization): LoadedTexts {
    const kernel = this.#kernel;
    const { count, offsets, byteLengths, lengths } = texts;
    kernel.exports.setTexts(offsets, byteLengths, 0, lengths);
    const others = kernel.exports.normalizeAscii(count, asciiSteps);
    if (others > 0) this.#normalizeOthers(texts, normalize);
    kernel.exports.measureTexts(count);
    const { loadedChars, loadedLongest } = kernel.exports;
    return { ...texts, chars: loadedChars.value, longest: loadedLongest.value };
  }

  #normalizeOthers(
    { count, offsets, byteLengths, lengths }: LoadedTexts,
    normalize: (text: string) => string,
  ) {
    const kernel = this.#kernel;
    for (let index = 0; index < count; index += 1) {
      // Each text may make the memory grow, and views of no use.
      const [at, bytes] = [kernel.words(offsets, count), kernel.words(byteLengths, count)];
      if (bytes[index] === kernel.words(lengths, count)[index]) continue;
      const text = normalize(decoder.decode(kernel.bytes(at[index]!, bytes[index]!)));
      const bytesMax = text.length * BYTES_PER_UNIT_MAX;
      const to = kernel.take(bytesMax);
      const { written } = encoder.encodeInto(text, kernel.bytes(to, bytesMax));
      kernel.words(offsets, count)[index] = to;
      kernel.words(byteLengths, count)[index] = written;
    }
  }

  #sortTokens({ count, chars, longest }: LoadedTexts): void {
    const kernel = this.#kernel;
    const listBytes = (Math.ceil(longest / 2) + 1) * TOKEN_BYTES;
    const room = kernel.take(chars * BYTES_PER_CHAR_MAX);
    kernel.exports.sortTexts(count, room, kernel.take(listBytes), kernel.take(listBytes));
  }

  /** @param base the index of the first text */
  #scoreLoaded(
    { metric, query, normalization, sorts, option, scoreMin, onScores }: KernelRequest,
    loaded: LoadedTexts,
    base: number,
  ): void {
    const kernel = this.#kernel;
    const { exports } = kernel;
    const texts = normalization ? this.#normalize(loaded, normalization) : loaded;
    const { count, offsets, byteLengths, lengths, chars, longest } = texts;
    requireAtMost(TEXT_CHARS_MAX, longest, "a text has");
    requireAtMost(LOADED_CHARS_MAX, chars, "the texts have");
    const number = KERNEL_METRICS[metric];
    const cells = kernel.take(count * WORD);
    const order = kernel.take((count + exports.ORDER_SPARE.value) * WORD);
    const scores = kernel.take(count * DOUBLE);
    const room = kernel.take(chars * exports.cellBytes());
    // The kernel's sizes are u32, which JavaScript takes for signed.
    const scratch = kernel.take(exports.scratchBytes(number, longest, count, option) >>> 0);
    exports.setTexts(offsets, byteLengths, cells, lengths);
    if (sorts) this.#sortTokens(texts);
    exports.setOrder(order);
    exports.setScores(scores);
    exports.encodeTexts(count, room);
    exports.setScratch(number, scratch, longest, count, option);
    // No memory is taken from here on.
    const all = kernel.doubles(scores, count);
    const lengthOf = kernel.words(lengths, count);
    const charsMax = PASS_CELLS_MAX / Math.max(1, query.length);
    for (let from = 0; from < count; ) {
      let to = chars <= charsMax ? count : from;
      for (let passed = 0; to < count && (to - from < PASS_TEXTS_MIN || passed <= charsMax); to += 1) {
        passed += lengthOf[to]!;
      }
      exports.score(number, from, to, scoreMin(), option);
      const begin = from;
      const end = to;
      onScores({
        first: base + begin,
        values: all.subarray(begin, end),
        next: (at, least, above) => exports.nextScore(begin + at, end, least, above) - begin,
      });
      from = to;
    }
  }
}
