import { createRandom } from "../support/random.ts";

/** What happens to whole processes, and for how long: those that end are started again at once. */
const DURATION_MS = {
  "worker killed": 0,
  "worker stopped": 0,
  "API killed": 0,
  "API stopped": 0,
  "Redis killed": 0,
  "Redis restarted": 0,
  "Redis frozen": 5_000,
  "Redis out of memory": 3_000,
  "threads cannot start": 4_000,
};

export type FaultKind = keyof typeof DURATION_MS;

export interface Fault {
  kind: FaultKind;
  /** From the start of the load. */
  atMs: number;
  durationMs: number;
  /** Which of the two APIs or workers, where it is one of them. */
  target: 0 | 1;
}

const KINDS = Object.keys(DURATION_MS) as FaultKind[];
const FIRST_AT_MS = 6_000;
/** No less than a process takes to be back, or most faults would find nobody. */
const PAUSE_MS = { min: 1_500, max: 5_000 };
const STREAM = -1;

/** The faults of a run, one after another, all over when the load is: each kind once, in a random order, and so on. */
export const scheduleFaults = (seed: number, durationMs: number): Fault[] => {
  const random = createRandom(seed, STREAM);
  const faults: Fault[] = [];
  let atMs = FIRST_AT_MS;
  for (;;) {
    for (const kind of random.shuffle(KINDS)) {
      const fault = { kind, atMs, durationMs: DURATION_MS[kind], target: random.pick([0, 1] as const) };
      if (atMs + fault.durationMs > durationMs) return faults;
      faults.push(fault);
      atMs += fault.durationMs + random.between(PAUSE_MS.min, PAUSE_MS.max);
    }
  }
};

const HAS_TARGET = /^(worker|API|threads)/;

export const describeFault = ({ kind, target }: Pick<Fault, "kind" | "target">): string =>
  HAS_TARGET.test(kind) ? `${kind} (${target + 1})` : kind;
