import type { MetricName } from "./metric-names.ts";

/** A small payload, inside of its job until the job ends: what is to be scored comes with the job, and costs Redis no step of its own. */
export interface InlinePayload {
  /** A scoring spec as JSON. */
  envelope: string;
  /** A JSON array, as the client sent it. */
  candidates: string;
}

/** What is shown of a scoring job: numbers and names only. */
export interface ScoringFacts {
  /** The schema version that the job, and its envelope, are written in. */
  v: number;
  tenant: string;
  metric: MetricName;
  candidateCount: number;
  /** For one attempt. */
  timeoutMs: number;
  /** When the job must have started, ms since the epoch. */
  startBeforeMs: number;
  /** Where its submission stood in a trace of its client's (W3C Trace Context), if it did. */
  traceparent?: string;
  /** The failed job that this one runs once more. */
  redrivenFrom?: string;
  /** The job that runs this failed one once more. */
  redrivenTo?: string;
}

/** The data of a BullMQ scoring job. */
export interface ScoringJobData extends ScoringFacts {
  /** Absent when the payload is large, and has a key of its own; and of an ended job. */
  payload?: InlinePayload;
}

/** Everything but the texts. */
export const toFacts = ({ payload: _, ...facts }: ScoringJobData): ScoringFacts => facts;

/** BullMQ's job name; there is one kind. */
export const SCORING_JOB = "score";
