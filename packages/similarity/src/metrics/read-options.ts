import { SimilarityError } from "../similarity-error.ts";
import type { Metric, MetricOptions } from "./metric.ts";

/**
 * Holds the options that are given against those that a metric has, and fills in the others.
 *
 * @throws {SimilarityError} `unknown_option`, or `option_range` for what is no number within the range
 */
export const readOptions = (known: Metric["options"], given: MetricOptions): Record<string, number> => {
  const values = Object.fromEntries(Object.entries(known).map(([name, option]) => [name, option.default]));
  for (const [name, value] of Object.entries(given)) {
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!option) throw new SimilarityError("unknown_option", `the metric has no option ${name}`);
    if (value === undefined) continue;
    if (typeof value !== "number" || !(value >= option.min && value <= option.max)) {
      throw new SimilarityError("option_range", `${name} is no number from ${option.min} to ${option.max}`);
    }
    values[name] = value;
  }
  return values;
};
