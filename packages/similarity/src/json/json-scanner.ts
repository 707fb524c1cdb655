import { compileKernel, KEPT_MEMORY_BYTES, Kernel } from "../kernel/kernel.ts";
import { loadJson, setScan, takePlaces } from "../kernel/scan.ts";
import { type CandidateLimits, type CandidateScan, NO_LIMITS } from "./scan-candidates.ts";
import type { Span } from "./split-member.ts";

/** A power of two: texts are counted here, so few places are used over and over, and stay in the cache. */
const ROOMS = 256;

export interface SplitSubmission extends CandidateScan {
  /** Where the candidates stand. With `null` in their place, the rest is valid JSON if and only if the whole is. */
  candidates: Span;
}

export interface JsonScannerOptions {
  /** JSON with more escapes is declined, which take some ten times as long as other characters; none is unless given. */
  escapesMax?: number;
}

/** Looks through JSON in a kernel of its own; one a thread, since it owns memory. */
export class JsonScanner {
  readonly #module: WebAssembly.Module;
  readonly #options: JsonScannerOptions;
  #kernel: Kernel;

  /** @internal See {@link createJsonScanner}. */
  constructor(module: WebAssembly.Module, options: JsonScannerOptions) {
    this.#module = module;
    this.#options = options;
    this.#kernel = new Kernel(module);
  }

  /**
   * Validates and counts a JSON array of candidates, strings or `{ "id"?, "text" }`, and makes a string of none of its texts.
   *
   * @returns `null` for one that is wrong or oddly written: `scanCandidates` of ./scan-candidates.ts tells
   * @throws {SimilarityError} `too_large`
   */
  scanCandidates(json: Uint8Array, limits: CandidateLimits = NO_LIMITS): CandidateScan | null {
    return this.#scan(json, limits, (kernel, at) =>
      kernel.exports.scanCandidates(at, json.length) === 0 ? null : this.#counts(),
    );
  }

  /**
   * Finds the member of a JSON object that holds candidates, as `splitMember` does, and validates and counts them, in one go. What else
   * the object has is skipped, and still to be parsed.
   *
   * @param member its name, of ASCII characters, neither quote nor backslash among them
   * @returns `null` when it is wrong or oddly written: `splitMember` and `scanCandidates` tell
   * @throws {SimilarityError} `too_large`
   */
  splitSubmission(
    json: Uint8Array,
    limits: CandidateLimits = NO_LIMITS,
    member = "candidates",
  ): SplitSubmission | null {
    return this.#scan(json, limits, (kernel, at) => {
      const { exports } = kernel;
      const name = kernel.take(member.length);
      new TextEncoder().encodeInto(member, kernel.bytes(name, member.length));
      if (exports.scanSubmission(at, json.length, name, member.length) === 0) return null;
      const candidates = { start: exports.candidatesBegin.value, end: exports.candidatesEnd.value };
      return { ...this.#counts(), candidates };
    });
  }

  #counts(): CandidateScan {
    const { scannedCount, loadedChars, scannedIdBytes } = this.#kernel.exports;
    return { count: scannedCount.value, chars: loadedChars.value, idBytes: scannedIdBytes.value };
  }

  #scan<Result>(
    json: Uint8Array,
    limits: CandidateLimits,
    run: (kernel: Kernel, at: number) => Result,
  ): Result {
    const kernel = this.#kernel;
    const start = kernel.mark;
    try {
      const at = loadJson(kernel, json);
      setScan(kernel, limits, takePlaces(kernel, ROOMS), {
        keptBits: ROOMS - 1,
        escapesMax: this.#options.escapesMax ?? Number.POSITIVE_INFINITY,
      });
      return run(kernel, at);
    } finally {
      kernel.release(start);
      if (kernel.memoryBytes > KEPT_MEMORY_BYTES) this.#kernel = new Kernel(this.#module);
    }
  }
}

export const createJsonScanner = async (options: JsonScannerOptions = {}): Promise<JsonScanner> =>
  new JsonScanner(await compileKernel(), options);
