/** What a metric makes of a query: a function that scores candidates against it, in [0, 1]. */
export type Scorer = (candidate: string) => number;

/** A metric's own options as they are given, by their names on the wire. */
export type MetricOptions = Readonly<Record<string, unknown>>;

/** A number that a metric takes. */
export interface MetricOption {
  default: number;
  min: number;
  max: number;
}

export interface Metric {
  /** One sentence, for documentation. */
  definition: string;
  /** By their names on the wire; empty for most metrics. */
  options: Readonly<Record<string, MetricOption>>;
  /**
   * Everything that depends on the query alone is done here, once.
   *
   * @param options a value within its range for each of the metric's options
   */
  prepare: (query: string, options: Readonly<Record<string, number>>) => Scorer;
}
