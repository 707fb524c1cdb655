import type { ScoringFacts } from "../job/scoring-job.ts";
import type { WebhookEventType } from "./webhook-event.ts";

/** `pending`: an attempt is to come. The other two are final, but for who asks to send it again. */
export const DELIVERY_STATUSES = ["pending", "succeeded", "failed"] as const;

export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** What a delivery needs to know of its job, should its record be gone by the time its end is told. */
export interface ToldJob {
  id: string;
  createdAtMs: number;
  facts: ScoringFacts;
  /** As JSON; empty when the client sent none. */
  metadata: string;
  /** What the client wants to hear of. */
  events: readonly WebhookEventType[];
}

/** The data of a BullMQ delivery job: one that waits for its scoring job's end, or one that sends again what is kept. */
export interface DeliveryJobData {
  /** The schema version that it is written in. */
  v: number;
  deliveryId: string;
  tenant: string;
  url: string;
  /** How often it had been asked to be sent again when this job was added; the newest drives the delivery, and others give way. */
  restart: number;
  /** Of the first. */
  job?: ToldJob;
  /** Of the request that asked for it to be sent, if there was one and it is part of a trace (W3C Trace Context). */
  traceparent?: string;
}

/** BullMQ's job name; there is one kind. */
export const DELIVERY_JOB = "deliver";

/** An attempt, as it is kept and shown. */
export interface DeliveryAttempt {
  startedAtMs: number;
  durationMs: number;
  /** Of the receiver's answer, if there was one. */
  status: number | null;
  error: { code: string; message: string } | null;
  /** Its first 1,024 bytes, as text. */
  answer: string | null;
}

/** So many attempts are kept of a delivery, the newest. */
export const ATTEMPTS_KEPT = 50;
