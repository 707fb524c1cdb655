import { SimilarityError } from "../similarity-error.ts";
import { jaroWinkler } from "./jaro-winkler.ts";
import { levenshtein } from "./levenshtein.ts";
import type { Metric, MetricOptions, Scorer } from "./metric.ts";
import { ratio } from "./ratio.ts";
import { readOptions } from "./read-options.ts";
import { tokenSortRatio } from "./token-sort-ratio.ts";

export const metrics = {
  ratio,
  levenshtein,
  jaro_winkler: jaroWinkler,
  token_sort_ratio: tokenSortRatio,
} satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;

export const METRIC_NAMES = Object.keys(metrics) as MetricName[];

/**
 * Prepares a metric for a query.
 *
 * @throws {SimilarityError} for an unknown metric or option
 */
export const prepareMetric = (name: MetricName, query: string, options: MetricOptions): Scorer => {
  if (!Object.hasOwn(metrics, name))
    throw new SimilarityError("unknown_metric", `there is no metric ${name}`);
  const metric: Metric = metrics[name];
  return metric.prepare(query, readOptions(metric.options, options));
};
