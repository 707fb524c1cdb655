import type { Counts } from "./counts.ts";

/** What the load process can be told to do, and what it reports. */

/** Bodies at a steady rate while `/healthz` is asked all the time. */
export interface SteadyLoad {
  kind: "steady";
  url: string;
  body: string;
  perSecond: number;
  seconds: number;
}

export interface SteadyReport {
  accepted: number;
  /** What the others were answered. */
  refused: Counts;
  /** Answers of `/healthz`. */
  healthMs: number[];
}

/** Jobs as fast as so many clients can submit them, each of which waits for its answer. */
export interface ClosedLoad {
  kind: "closed";
  url: string;
  body: string;
  clients: number;
  jobs: number;
}

export interface ClosedReport {
  accepted: number;
  /** What the others were answered. */
  refused: Counts;
}

/** Jobs that are submitted when the clock says so, whatever has become of those before. */
export interface OpenLoad {
  kind: "open";
  url: string;
  body: string;
  perSecond: number;
  seconds: number;
  /** A submission that finds so many unanswered is not sent. */
  connectionsMax: number;
}

export interface OpenReport {
  sent: number;
  /** Due when all connections were taken. */
  unsent: number;
  /** How much later than due each was sent. */
  lateMs: number[];
  acceptedIds: string[];
  /** From when it was due to its answer. */
  acceptedMs: number[];
  /** The same, of those refused since the queue is full. */
  refusedMs: number[];
  /** Whatever else came of one. */
  errors: Counts;
}

/** Jobs one after another, each from its submission until its result is here. */
export interface SerialLoad {
  kind: "serial";
  url: string;
  body: string;
  jobs: number;
  /** Whether the result is to be asked for; otherwise it is the submission's answer. */
  isPolled: boolean;
}

export interface SerialReport {
  tookMs: number[];
  /** How often a result was asked for, of all jobs. */
  polls: number;
}

export type Load = SteadyLoad | ClosedLoad | OpenLoad | SerialLoad;

export interface LoadReports {
  steady: SteadyReport;
  closed: ClosedReport;
  open: OpenReport;
  serial: SerialReport;
}
