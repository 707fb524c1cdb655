/** The metrics that there are: of each its labels, and of each of these the values that it takes. */
export type KnownMetrics = Map<string, Map<string, Set<string>>>;

/** Adds the series of one scrape, as a Prometheus that calls its targets `job` stores them. */
export const addScrape = (known: KnownMetrics, job: string, text: string): void => {
  for (const line of text.split("\n")) {
    const [, metric, labels = ""] = /^([a-z]\w*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (metric === undefined) continue;
    for (const [, label, value] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      addValues(known, metric, label!, [value!]);
    }
    addValues(known, metric, "job", [job]);
    addValues(known, metric, "instance", ["any"]);
  }
};

export const addValues = (
  known: KnownMetrics,
  metric: string,
  label: string,
  values: Iterable<string>,
): void => {
  const labels = known.get(metric) ?? new Map<string, Set<string>>();
  known.set(metric, labels);
  labels.set(label, new Set([...(labels.get(label) ?? []), ...values]));
};
