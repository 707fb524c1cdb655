/** What a metric makes of a query: a function that scores candidates against it, in [0, 1]. */
export type Scorer = (candidate: string) => number;

/** A metric's own options, by their names on the wire. */
export type MetricOptions = Readonly<Record<string, unknown>>;

export interface Metric {
  /** One sentence, for documentation. */
  definition: string;
  /**
   * Everything that depends on the query alone is done here, once.
   *
   * @throws {SimilarityError} for an option that there is not, or out of its range
   */
  prepare: (query: string, options: MetricOptions) => Scorer;
}
