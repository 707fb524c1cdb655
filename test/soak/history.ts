import type { Fault } from "./fault-schedule.ts";
import type { SoakJob } from "./soak-job.ts";

/** A job that was answered with 202, and what was seen of it since. */
export interface AcceptedJob {
  id: string;
  job: SoakJob;
  acceptedAtMs: number;
  /** Whether anybody asked for its cancel, and whether that was answered with 200. */
  cancel: "none" | "asked" | "confirmed";
  /** The answer that first showed it in a final state, as it came. */
  firstFinal: string | null;
  /** What was read of it at the very end. */
  last: { status: number; text: string } | null;
  /** When it was answered with 404, if ever. */
  missingAtMs: number | null;
}

/** When a fault was on, ms since the epoch. */
export interface FaultWindow extends Fault {
  fromMs: number;
  untilMs: number;
}

const countIn = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);

/** All that happened in a run, as its clients and its launcher saw it. */
export class History {
  readonly accepted = new Map<string, AcceptedJob>();
  /** Ids of the jobs that there were in the end, by the index of what was submitted. */
  readonly listed = new Map<number, string[]>();
  readonly faults: FaultWindow[] = [];
  /** By problem, how often a submission was refused. */
  readonly refusals = new Map<string, number>();
  /** Submissions of which nobody knows whether they were accepted. */
  unanswered = 0;
  /** The longest that a submission waited for its answer, or for none. */
  slowestSubmissionMs = 0;
  /** What nothing in the schedule explains, such as a process that ended by itself, and how often it came. */
  readonly surprises = new Map<string, number>();

  accept(id: string, job: SoakJob): AcceptedJob {
    const accepted: AcceptedJob = {
      id,
      job,
      acceptedAtMs: Date.now(),
      cancel: "none",
      firstFinal: null,
      last: null,
      missingAtMs: null,
    };
    this.accepted.set(id, accepted);
    return accepted;
  }

  list(id: string, index: number): void {
    this.listed.set(index, [...(this.listed.get(index) ?? []), id]);
  }

  refuse(problem: string): void {
    countIn(this.refusals, problem);
  }

  surprise(what: string): void {
    countIn(this.surprises, what);
  }
}
