import type { JobStatus } from "../job/job-record.ts";

/** What a webhook may tell of: the ends of a job. */
export const WEBHOOK_EVENTS = ["job.succeeded", "job.failed", "job.canceled", "job.expired"] as const;

export type WebhookEventType = (typeof WEBHOOK_EVENTS)[number];

/** What a test message is called, which tells of nothing. */
export const TEST_EVENT = "webhook.test";

/** Whom to tell of a job's end. */
export interface Webhook {
  url: string;
  events: readonly WebhookEventType[];
}

/** @returns `null` for a job that has not ended */
export const eventOf = (status: JobStatus): WebhookEventType | null =>
  WEBHOOK_EVENTS.find((event) => event === `job.${status}`) ?? null;
