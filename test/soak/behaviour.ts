import type { JobErrorCode } from "@semblance/shared/job/job-error";

export type Misbehaviour = "hangs" | "throws" | "exits" | "exhausts_heap" | "rejects";

export type Behaviour = "scores" | Misbehaviour;

/**
 * How a job tells its thread what to do: by a `timeout_ms` that well-behaved jobs do not have. It is the one number of a
 * submission that gets through to the thread and changes little else.
 */
export const TIMEOUT_MS_OF = {
  hangs: 1_901,
  throws: 1_902,
  exits: 1_903,
  exhausts_heap: 3_904,
  rejects: 1_905,
} as const satisfies Record<Misbehaviour, number>;

/** What becomes of such a job. */
export const ERROR_CODE_OF = {
  hangs: "timed_out",
  throws: "crashed",
  exits: "crashed",
  exhausts_heap: "out_of_memory",
  rejects: "crashed",
} as const satisfies Record<Misbehaviour, JobErrorCode>;

export const MISBEHAVIOURS = Object.keys(TIMEOUT_MS_OF) as Misbehaviour[];

export const behaviourOf = (timeoutMs: number): Behaviour =>
  MISBEHAVIOURS.find((way) => TIMEOUT_MS_OF[way] === timeoutMs) ?? "scores";
