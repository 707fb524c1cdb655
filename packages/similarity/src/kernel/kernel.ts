/// <reference path="./webassembly.d.ts" />
import { readFile } from "node:fs/promises";
import { SimilarityError } from "../similarity-error.ts";

/** The metrics that the kernel has, by their numbers in ../../kernel/index.ts. */
export const KERNEL_METRICS = {
  levenshtein: 0,
  osa: 1,
  damerau: 2,
  ratio: 3,
  lcs: 4,
  hamming: 5,
  prefix: 6,
  postfix: 7,
  jaro: 8,
  partial: 9,
  tokenSet: 10,
  tokenRatio: 11,
  weighted: 12,
  dice: 13,
  jaccard: 14,
  overlap: 15,
  cosine: 16,
  tfidf: 17,
} as const;

export type KernelMetric = keyof typeof KERNEL_METRICS;

/** Addresses are bytes from the memory's start; see ../../kernel. */
interface KernelExports extends WebAssembly.Exports {
  memory: WebAssembly.Memory;
  heapBase(): number;
  setQuery(
    bytes: number,
    byteLength: number,
    codePoints: number,
    length: number,
    columns: number,
    cells: number,
  ): void;
  clearQuery(): void;
  setTexts(offsets: number, byteLengths: number, cells: number, lengths: number): void;
  /** Entries of the order beside one for each text. */
  ORDER_SPARE: WebAssembly.Global;
  setOrder(at: number): void;
  setScores(at: number): void;
  /** Characters of all texts that were loaded last, and of the longest. */
  loadedChars: WebAssembly.Global;
  loadedLongest: WebAssembly.Global;
  cutTexts(from: number, units: number, count: number): number;
  decode(from: number, bytes: number, to: number): number;
  normalizeAscii(count: number, steps: number): number;
  measureTexts(count: number): void;
  sortTexts(count: number, room: number, list: number, spare: number): void;
  encodeTexts(count: number, room: number): void;
  countQuotes(start: number, bytes: number): number;
  setScan(
    countMax: number,
    textCharsMax: number,
    idCharsMax: number,
    keptBits: number,
    escapesMax: number,
    idOffsets: number,
    idLengths: number,
  ): void;
  /** 1 or 0: whether they have scanned all of it. */
  scanCandidates(start: number, bytes: number): number;
  scanSubmission(start: number, bytes: number, member: number, memberBytes: number): number;
  scannedCount: WebAssembly.Global;
  scannedIdBytes: WebAssembly.Global;
  candidatesBegin: WebAssembly.Global;
  candidatesEnd: WebAssembly.Global;
  cellBytes(): number;
  scratchBytes(metric: number, lengthMax: number, count: number, option: number): number;
  setScratch(metric: number, scratch: number, lengthMax: number, count: number, option: number): void;
  nextScore(from: number, to: number, least: number, above: number): number;
  score(metric: number, from: number, to: number, scoreMin: number, option: number): void;
}

/** An instance that has more is not kept: memory once grown never shrinks. */
export const KEPT_MEMORY_BYTES = 64 * 2 ** 20;
const PAGE_BYTES = 65_536;
const ALIGNMENT = 16;
/** The kernel may load so many bytes behind a text. */
const OVERREAD_BYTES = 64;

const kernelUrl = new URL("../../build/kernel.wasm", import.meta.url);

/** An instance of the kernel with its memory, of which a job takes one part after another and gives all back at once. */
export class Kernel {
  readonly exports: KernelExports;
  #top: number;

  constructor(module: WebAssembly.Module) {
    this.exports = new WebAssembly.Instance(module, { host: { log: Math.log } }).exports as KernelExports;
    this.#top = this.exports.heapBase();
  }

  get memoryBytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** What was taken since is free again. */
  get mark(): number {
    return this.#top;
  }

  release(mark: number): void {
    this.#top = mark;
  }

  /**
   * Takes a part of the memory, whose views from before are of no use any more.
   *
   * @throws {SimilarityError} `too_large` when there is no more
   */
  take(bytes: number): number {
    const at = Math.ceil(this.#top / ALIGNMENT) * ALIGNMENT;
    const end = at + bytes;
    const missing = end + OVERREAD_BYTES - this.memoryBytes;
    if (missing > 0) this.#grow(Math.ceil(missing / PAGE_BYTES));
    this.#top = end;
    return at;
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer, at, length);
  }

  words(at: number, length: number): Uint32Array {
    return new Uint32Array(this.exports.memory.buffer, at, length);
  }

  doubles(at: number, length: number): Float64Array {
    return new Float64Array(this.exports.memory.buffer, at, length);
  }

  #grow(pages: number): void {
    try {
      this.exports.memory.grow(pages);
    } catch (error) {
      throw new SimilarityError("too_large", "the texts do not fit into the kernel's memory", {
        cause: error,
      });
    }
  }
}

/** Compiles the kernel; V8 does it once for all threads of a process. */
export const compileKernel = async (): Promise<WebAssembly.Module> =>
  WebAssembly.compile(await readFile(kernelUrl));
