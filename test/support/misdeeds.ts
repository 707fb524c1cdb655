/**
 * What a job may do to the thread that runs it. A processor sees no text of a job, so the number of its candidates says which:
 * that is something a submission over HTTP can choose.
 */
export const MISDEEDS = {
  none: 1,
  "spins in JavaScript": 2,
  "throws outside of the job": 3,
  exits: 4,
  "runs out of memory": 5,
  "leaves a rejection unhandled": 6,
  "spins in WebAssembly": 7,
  "matches a catastrophic regular expression": 8,
  "waits for what never comes": 9,
  "is inside of a native call": 10,
  "floods the main thread": 11,
  "kills its process": 12,
  "none, for a second": 13,
  "throws what quotes a text": 14,
} as const;

export type Misdeed = keyof typeof MISDEEDS;

/** A submission whose job does this when a misbehaving worker runs it. */
export const misdeed = (what: Misdeed, fields: object = {}): object => ({
  query: "a",
  candidates: Array.from({ length: MISDEEDS[what] }, () => "b"),
  ...fields,
});
