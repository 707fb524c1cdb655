import type { JobErrorCode } from "@semblance/shared/job/job-error";
import type { Misdeed } from "../support/misdeeds.ts";

/**
 * What jobs do to their threads, how a job says so, and what becomes of it. It is said by a `timeout_ms` that no other job
 * has: the one number of a submission that gets through to the thread and changes little else.
 */
const MISBEHAVIOURS = {
  "spins in JavaScript": { timeoutMs: 1_901, code: "timed_out" },
  "throws outside of the job": { timeoutMs: 1_902, code: "crashed" },
  exits: { timeoutMs: 1_903, code: "crashed" },
  "runs out of memory": { timeoutMs: 3_904, code: "out_of_memory" },
  "leaves a rejection unhandled": { timeoutMs: 1_905, code: "crashed" },
} as const satisfies Partial<Record<Misdeed, { timeoutMs: number; code: JobErrorCode }>>;

export type Misbehaviour = keyof typeof MISBEHAVIOURS;

export type Behaviour = "scores" | Misbehaviour;

export const MISBEHAVIOUR_NAMES = Object.keys(MISBEHAVIOURS) as Misbehaviour[];

export const timeoutMsOf = (way: Misbehaviour): number => MISBEHAVIOURS[way].timeoutMs;

export const errorCodeOf = (way: Misbehaviour): JobErrorCode => MISBEHAVIOURS[way].code;

export const behaviourOf = (timeoutMs: number): Behaviour =>
  MISBEHAVIOUR_NAMES.find((way) => MISBEHAVIOURS[way].timeoutMs === timeoutMs) ?? "scores";
