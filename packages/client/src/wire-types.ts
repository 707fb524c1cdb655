import type { AttemptView } from "@semblance/shared/job/attempt-view";
import type { JobView, ScoringResult } from "@semblance/shared/job/job-view";
import type { SimilarityMetricView } from "@semblance/shared/job/similarity-metric-view";
import type { SubmissionInput } from "@semblance/shared/job/submission";
import type { PositionView } from "@semblance/shared/queue/position-view";
import type { QueueView } from "@semblance/shared/queue/queue-view";
import type { DeliveryView } from "@semblance/shared/webhook/delivery-view";

// In declarations the compiler writes the type of a value out, where of an alias it keeps the name: so what is published needs neither
// the schemas nor zod. There are no such values, and this module is never loaded.
declare const writtenOut: <T>() => { [Key in keyof T]: T[Key] };
const submission = writtenOut<SubmissionInput>();
const job = writtenOut<JobView>();
const result = writtenOut<ScoringResult>();
const attempt = writtenOut<AttemptView>();
const position = writtenOut<PositionView>();
const queue = writtenOut<QueueView>();
const similarityMetric = writtenOut<SimilarityMetricView>();
const delivery = writtenOut<DeliveryView>();

type SubmissionShape = typeof submission;
type JobShape = typeof job;
type ResultShape = typeof result;
type AttemptShape = typeof attempt;
type PositionShape = typeof position;
type QueueShape = typeof queue;
type SimilarityMetricShape = typeof similarityMetric;
type DeliveryShape = typeof delivery;

/** What is to be scored; only `query` and `candidates` are required. */
export interface Submission extends SubmissionShape {}

/** A job as every answer shows it. */
export interface Job extends JobShape {}

/** A job's result: `results` by score, highest first, equal scores by index. */
export interface Result extends ResultShape {}

/** Why an attempt of a job failed; `attempt` is `null` where its place is not known. */
export interface Attempt extends AttemptShape {}

/** Where a job stands in line, 1 being the next; both are `null` of one that does not. */
export interface Position extends PositionShape {}

/** The state of the queue. */
export interface Queue extends QueueShape {}

/** A way to compare two texts, and what it may be told. */
export interface SimilarityMetric extends SimilarityMetricShape {}

export type JobStatus = Job["status"];
/** Why a job did not succeed. */
export type JobErrorCode = NonNullable<Job["error"]>["code"];
export type Progress = Job["progress"];

/** A job and its result, `null` before it has succeeded. */
export interface JobWithResult extends Job {
  result: Result | null;
}

/** An error answer (RFC 9457), whose `type` ends in its slug; some have further members, such as `limit`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  /** What is wrong: places of the body by JSON pointer (RFC 6901), with the byte where the JSON itself is broken, or a parameter or header by its name. */
  errors?: { pointer?: string; parameter?: string; detail: string; offset?: number }[];
  [member: string]: unknown;
}

/** What became of one submission of a batch. */
export type BatchItem =
  | { status: number; job: Job; problem?: undefined }
  | { status: number; problem: Problem; job?: undefined };

/** A page of jobs, newest first. */
export interface JobPage {
  jobs: Job[];
  /** Brings the next page; `null` on the last one. */
  next_cursor: string | null;
}

/** What a job's stream tells: the job, first and whenever its status changes, and how far it has come. */
export type JobEvent = { type: "status"; job: Job } | { type: "progress"; progress: Progress };

/** A webhook that is being delivered, or was, and every attempt. */
export interface Delivery extends DeliveryShape {}

/** What a webhook brings when a job has ended. */
export interface JobEndedEvent {
  type: `job.${"succeeded" | "failed" | "canceled" | "expired"}`;
  /** When it happened. */
  timestamp: string;
  /** The job; of one that succeeded a small result as well, where a large one is left to be fetched. */
  data: Job & { result?: Result; result_included: boolean };
}

/** What was asked for to see that webhooks arrive. */
export interface WebhookTestEvent {
  type: "webhook.test";
  timestamp: string;
  /** The id of its delivery. */
  data: { id: string };
}

/** What a webhook brings; its `type` tells which. */
export type WebhookEvent = JobEndedEvent | WebhookTestEvent;
