import type { KnownMetrics } from "./known-metrics.ts";
import { type LabelMatcher, readSelectors, type Selector } from "./read-selectors.ts";

const unmatched = ({ operator, value }: LabelMatcher, values: Set<string>): string[] => {
  if (!operator.endsWith("~")) return values.has(value) ? [] : [value];
  return value
    .split("|")
    .filter((alternative) => ![...values].some((one) => new RegExp(`^(?:${alternative})$`).test(one)));
};

const mistakesOf = (known: KnownMetrics, { metric, matchers, groupedBy }: Selector): string[] => {
  const labels = known.get(metric);
  if (!labels) return [`there is no metric ${metric}`];
  const named = [...groupedBy, ...matchers.map(({ label }) => label)];
  return [
    ...named.filter((label) => !labels.has(label)).map((label) => `${metric} has no label ${label}`),
    ...matchers.flatMap((matcher) =>
      unmatched(matcher, labels.get(matcher.label) ?? new Set()).map(
        (value) => `${matcher.label} of ${metric} is never ${value}`,
      ),
    ),
  ];
};

/**
 * What a query names that there is not: metrics, labels, values of labels. Each alternative of a regular expression must match something,
 * in what is left out as in what is taken.
 *
 * @throws when the query cannot be parsed
 */
export const findMistakes = (known: KnownMetrics, query: string): string[] =>
  readSelectors(query).flatMap((selector) => mistakesOf(known, selector));
