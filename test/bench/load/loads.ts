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

/** Clients that each submit one job and wait for its end, each on a connection of its own. */
export interface WaitingLoad {
  kind: "waiting";
  url: string;
  body: string;
  clients: number;
  /** How many come in a second. */
  perSecond: number;
  /** What they prefer to wait for, at the most. */
  waitS: number;
}

export interface WaitingReport {
  /** Their status, and that of the job; or what went wrong. */
  answers: Counts;
  /** When each job ended, by its own `finished_at`. */
  endedAtMs: number[];
  /** From then until its answer was here: whole milliseconds of the machine's clock. */
  lateMs: number[];
}

/** Connections on which nothing happens, after one request each. */
export interface IdleLoad {
  kind: "idle";
  url: string;
  connections: number;
  /** How long they are kept once all are open. */
  seconds: number;
}

export type IdleReport = Record<string, never>;

export type Load = SteadyLoad | ClosedLoad | OpenLoad | SerialLoad | WaitingLoad | IdleLoad;

export interface LoadReports {
  steady: SteadyReport;
  closed: ClosedReport;
  open: OpenReport;
  serial: SerialReport;
  waiting: WaitingReport;
  idle: IdleReport;
}
