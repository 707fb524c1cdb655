import { BestCandidates, type RankedCandidate } from "./best-candidates.ts";
import { parseCandidates } from "./json/parse-candidates.ts";
import { scanCandidates } from "./json/scan-candidates.ts";
import { compileKernel } from "./kernel/kernel.ts";
import {
  type IdSpans,
  type KernelRequest,
  KernelScorer,
  type Normalization,
  type OnScores,
  requireWellFormed,
} from "./kernel/kernel-scorer.ts";
import type { Metric, MetricOptions } from "./metrics/metric.ts";
import { type MetricName, metrics } from "./metrics/metrics.ts";
import { readOptions } from "./metrics/read-options.ts";
import { createNormalizer, type NormalizeOptions, toAsciiSteps } from "./normalize.ts";
import { SimilarityError } from "./similarity-error.ts";
import { sortTokens } from "./text/sort-tokens.ts";

export interface ScoreOptions {
  /** The metric's own options. */
  metricOptions?: MetricOptions;
  /** How query and candidates are normalized before they are compared; as they are when absent. */
  normalize?: NormalizeOptions;
}

/** A result with the id that came with the candidate. */
export interface IdentifiedCandidate extends RankedCandidate {
  id: string | null;
}

/** The same with the id as the JSON string that came, in UTF-8, quotes and escapes included. */
export interface RawIdentifiedCandidate extends RankedCandidate {
  id: Uint8Array | null;
}

export interface RankOptions extends ScoreOptions {
  /** How many results come back, from 1; all when absent. */
  topN?: number;
  /** Scores below it are dropped; 0 to 1. */
  threshold?: number;
  /** Told now and then how many candidates are scored; must not use the engine, which is at work. */
  onProgress?: (scored: number) => void;
}

const checkCuts = ({ topN = 1, threshold = 0 }: RankOptions): void => {
  if (!(Number.isInteger(topN) && topN >= 1)) {
    throw new SimilarityError("option_range", "topN is no whole number from 1");
  }
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new SimilarityError("option_range", "threshold is no number from 0 to 1");
  }
};

const findMetric = (name: MetricName): Metric => {
  if (!Object.hasOwn(metrics, name))
    throw new SimilarityError("unknown_metric", `there is no metric ${name}`);
  return metrics[name];
};

const createNormalization = (options: NormalizeOptions): Normalization => ({
  normalize: createNormalizer(options),
  asciiSteps: toAsciiSteps(options),
});

const unchanged = (text: string) => text;

interface PreparedRequest extends KernelRequest {
  /** What a text has to go through before the kernel gets it, normalization included, if it does. */
  prepareText: ((text: string) => string) | undefined;
}

const rawIdAt = (json: Uint8Array, { offsets, lengths }: IdSpans, index: number): Uint8Array | null => {
  const begin = offsets[index]!;
  return lengths[index] === 0 ? null : json.subarray(begin, begin + lengths[index]!);
};

const parseId = (raw: Uint8Array): string => JSON.parse(new TextDecoder().decode(raw)) as string;

/** Scores texts by a metric; one a thread, since it owns memory. */
export class Engine {
  readonly #scorer: KernelScorer;

  /** @internal See {@link createEngine}. */
  constructor(kernel: WebAssembly.Module) {
    this.#scorer = new KernelScorer(kernel);
  }

  /**
   * Scores every candidate, in their order.
   *
   * @returns scores in [0, 1]
   * @throws {SimilarityError} for an unknown metric or option, a value out of its range, a text with an unpaired surrogate, or
   * one that is too large
   */
  score(
    metric: MetricName,
    query: string,
    candidates: readonly string[],
    options: ScoreOptions = {},
  ): Float64Array {
    const all = new Float64Array(candidates.length);
    const request = this.#prepare(
      metric,
      query,
      options,
      () => 0,
      ({ first, values }) => all.set(values, first),
    );
    this.#scoreTexts(request, candidates);
    return all;
  }

  /**
   * Ranks the candidates by score, highest first, equal scores by index.
   *
   * @throws {SimilarityError} as {@link score} does
   */
  rank(
    metric: MetricName,
    query: string,
    candidates: readonly string[],
    options: RankOptions = {},
  ): RankedCandidate[] {
    const { best, request } = this.#prepareRanking(metric, query, options, candidates.length);
    this.#scoreTexts(request, candidates);
    return best.ranked();
  }

  /**
   * Ranks a JSON array of candidates as it came, strings or `{ "id"?, "text" }`, and makes a string of none of its texts.
   *
   * @throws {JsonSyntaxError} for what JSON.parse refuses
   * @throws {CandidateErrors} with the places of what is wrong with the candidates
   * @throws {SimilarityError} as {@link score} does
   */
  rankJson(
    metric: MetricName,
    query: string,
    json: Uint8Array,
    options: RankOptions = {},
  ): { ranked: IdentifiedCandidate[]; count: number } {
    const { ranked, count } = this.rankJsonRaw(metric, query, json, options);
    return { ranked: ranked.map((one) => ({ ...one, id: one.id && parseId(one.id) })), count };
  }

  /** Does the same, but leaves ids the JSON strings that they are, for whoever writes JSON of them. */
  rankJsonRaw(
    metric: MetricName,
    query: string,
    json: Uint8Array,
    options: RankOptions = {},
  ): { ranked: RawIdentifiedCandidate[]; count: number } {
    const { best, request } = this.#prepareRanking(metric, query, options, Number.POSITIVE_INFINITY);
    const scored = request.prepareText
      ? null
      : this.#scorer.scoreJson(request, json, (count, ids) => ({
          count,
          ranked: best.ranked().map((one) => ({ ...one, id: rawIdAt(json, ids, one.index) })),
        }));
    if (scored) return scored;
    scanCandidates(json);
    const { texts, ids } = parseCandidates(json);
    this.#scoreTexts(request, texts);
    const rawId = (id: string | null | undefined) =>
      typeof id === "string" ? new TextEncoder().encode(JSON.stringify(id)) : null;
    const ranked = best.ranked().map((one) => ({ ...one, id: rawId(ids?.[one.index]) }));
    return { count: texts.length, ranked };
  }

  #prepareRanking(metric: MetricName, query: string, options: RankOptions, count: number) {
    checkCuts(options);
    const { topN = count, threshold = 0, onProgress } = options;
    const best = new BestCandidates(topN);
    const scoreMin = () => Math.max(threshold, best.scoreMin);
    const request = this.#prepare(metric, query, options, scoreMin, (scores) => {
      best.offerAll(scores, threshold);
      onProgress?.(scores.first + scores.values.length);
    });
    return { best, request };
  }

  #prepare(
    name: MetricName,
    query: string,
    { metricOptions = {}, normalize }: ScoreOptions,
    scoreMin: () => number,
    onScores: OnScores,
  ): PreparedRequest {
    const metric = findMetric(name);
    const values = readOptions(metric.options, metricOptions);
    const normalization = normalize === undefined ? undefined : createNormalization(normalize);
    const normalizeText = normalization?.normalize ?? unchanged;
    const { prepare, sorts = false } = metric;
    const prepareText = prepare && ((text: string) => prepare(normalizeText(text)));
    requireWellFormed(query, "the query");
    const prepared = (prepareText ?? normalizeText)(query);
    return {
      metric: metric.kernel,
      query: sorts ? sortTokens(prepared) : prepared,
      normalization: prepareText ? undefined : normalization,
      prepareText,
      sorts,
      needsAll: metric.needsAll ?? false,
      option: metric.kernelOption?.(values) ?? 0,
      scoreMin,
      onScores,
    };
  }

  #scoreTexts(request: PreparedRequest, texts: readonly string[]): void {
    const { prepareText } = request;
    const prepare = (text: string, index: number) => {
      requireWellFormed(text, `candidate ${index}`);
      return prepareText!(text);
    };
    this.#scorer.scoreTexts(request, prepareText ? texts.map(prepare) : texts);
  }
}

/** Makes an engine; one thread needs one. The kernel is compiled once a process. */
export const createEngine = async (): Promise<Engine> => new Engine(await compileKernel());
