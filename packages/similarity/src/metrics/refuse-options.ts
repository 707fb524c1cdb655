import { SimilarityError } from "../similarity-error.ts";
import type { MetricOptions } from "./metric.ts";

/** @throws {SimilarityError} when a metric is given options that it does not have */
export const refuseOptions = (options: MetricOptions): void => {
  const [name] = Object.keys(options);
  if (name !== undefined) throw new SimilarityError("unknown_option", `the metric has no option ${name}`);
};
