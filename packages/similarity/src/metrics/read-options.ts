import { SimilarityError } from "../similarity-error.ts";
import type { Metric, MetricOption, MetricOptions, OptionValue } from "./metric.ts";

/** What an option has to be; nothing when the value is that. */
const describeMisfit = (option: MetricOption, value: unknown): string | null => {
  if ("choices" in option)
    return option.choices.some((choice) => choice === value) ? null : option.choices.join(" or ");
  if (!("min" in option)) return typeof value === "boolean" ? null : "true or false";
  const { min, max, isWhole = false } = option;
  const fits =
    typeof value === "number" && value >= min && value <= max && (!isWhole || Number.isInteger(value));
  return fits ? null : `a ${isWhole ? "whole " : ""}number from ${min} to ${max}`;
};

/**
 * Holds the options that are given against those that a metric has, and fills in the others.
 *
 * @throws {SimilarityError} `unknown_option`, or `option_range` for a value that the option cannot have
 */
export const readOptions = (known: Metric["options"], given: MetricOptions): Record<string, OptionValue> => {
  const values = Object.fromEntries(Object.entries(known).map(([name, option]) => [name, option.default]));
  for (const [name, value] of Object.entries(given)) {
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!option) throw new SimilarityError("unknown_option", `the metric has no option ${name}`);
    if (value === undefined) continue;
    const misfit = describeMisfit(option, value);
    if (misfit) throw new SimilarityError("option_range", `${name} is not ${misfit}`);
    values[name] = value as OptionValue;
  }
  return values;
};
