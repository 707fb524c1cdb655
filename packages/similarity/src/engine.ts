import { BestCandidates, type RankedCandidate } from "./best-candidates.ts";
import type { MetricOptions } from "./metrics/metric.ts";
import { type MetricName, prepareMetric } from "./metrics/metrics.ts";
import { createNormalizer, type NormalizeOptions } from "./normalize.ts";
import { SimilarityError } from "./similarity-error.ts";

export interface ScoreOptions {
  /** The metric's own options. */
  metricOptions?: MetricOptions;
  /** How query and candidates are normalized before they are compared; as they are when absent. */
  normalize?: NormalizeOptions;
}

export interface RankOptions extends ScoreOptions {
  /** How many results come back, from 1; all when absent. */
  topN?: number;
  /** Scores below it are dropped; 0 to 1. */
  threshold?: number;
  /** Told now and then how many candidates are scored. */
  onProgress?: (scored: number) => void;
}

export interface Engine {
  /**
   * Scores every candidate, in their order.
   *
   * @returns scores in [0, 1]
   * @throws {SimilarityError} for an unknown metric or option, or a value out of its range
   */
  score(
    metric: MetricName,
    query: string,
    candidates: readonly string[],
    options?: ScoreOptions,
  ): Float64Array;
  /**
   * Ranks the candidates by score, highest first, equal scores by index.
   *
   * @throws {SimilarityError} for an unknown metric or option, or a value out of its range
   */
  rank(
    metric: MetricName,
    query: string,
    candidates: readonly string[],
    options?: RankOptions,
  ): RankedCandidate[];
}

/** How many characters of candidates are scored between two words about it; a long one counts as soon as it is done. */
const PROGRESS_CHARACTERS = 16_384;

const prepare = (metric: MetricName, query: string, { metricOptions = {}, normalize }: ScoreOptions) => {
  const normalized = normalize === undefined ? (text: string) => text : createNormalizer(normalize);
  const score = prepareMetric(metric, normalized(query), metricOptions);
  return (candidate: string) => score(normalized(candidate));
};

const checkCuts = ({ topN = 1, threshold = 0 }: RankOptions): void => {
  if (!(Number.isInteger(topN) && topN >= 1)) {
    throw new SimilarityError("option_range", "topN is no whole number from 1");
  }
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new SimilarityError("option_range", "threshold is no number from 0 to 1");
  }
};

const score: Engine["score"] = (metric, query, candidates, options = {}) =>
  Float64Array.from(candidates, prepare(metric, query, options));

const rank: Engine["rank"] = (metric, query, candidates, options = {}) => {
  checkCuts(options);
  const { topN = candidates.length, threshold = 0, onProgress } = options;
  const scoreOf = prepare(metric, query, options);
  const best = new BestCandidates(topN);
  let characters = 0;
  for (const [index, candidate] of candidates.entries()) {
    const score = scoreOf(candidate);
    if (score >= threshold) best.offer({ index, score });
    characters += candidate.length;
    if (onProgress && characters >= PROGRESS_CHARACTERS) {
      characters = 0;
      onProgress(index + 1);
    }
  }
  return best.ranked();
};

/** Makes an engine; one thread needs one. */
export const createEngine = async (): Promise<Engine> => ({ score, rank });
