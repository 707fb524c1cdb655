/**
 * The version of what API processes leave in Redis for workers: the data of scoring jobs, their envelopes, and the data of deliveries. It is
 * raised by a change that would have an older worker do something wrong, and not by a field that such a worker may leave out of account.
 *
 * What is shown of a job, its facts, only ever gains fields: an older API shows the jobs of a newer one.
 */
export const SCHEMA_VERSION = 1;

/** What a newer API has left is a newer worker's business. */
export const isOfNewerVersion = ({ v }: { v: number }): boolean => v > SCHEMA_VERSION;

const PAUSE_MS = { min: 1_000, max: 60_000 };

/**
 * How long it is left to other workers, in ms: as long again as it has waited. In the middle of an upgrade that is a moment, and where no
 * newer worker comes each such job costs a step a minute.
 */
export const newerVersionPauseMs = (waitedMs: number): number =>
  Math.min(PAUSE_MS.max, Math.max(PAUSE_MS.min, waitedMs));
