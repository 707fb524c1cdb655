import { z } from "zod";
import { JOB_ID } from "../job/job-id.ts";
import { ATTEMPTS_KEPT, DELIVERY_STATUSES, type DeliveryAttempt, type DeliveryStatus } from "./delivery.ts";
import { DELIVERY_ID } from "./delivery-id.ts";
import { TEST_EVENT, WEBHOOK_EVENTS } from "./webhook-event.ts";

const time = z.iso.datetime();

export const deliveryAttemptSchema = z.strictObject({
  started_at: time,
  duration_ms: z.int().min(0),
  status: z
    .int()
    .nullable()
    .meta({ description: "That of the receiver's answer; `null` when there was none." }),
  error: z
    .strictObject({ code: z.string(), message: z.string() })
    .nullable()
    .meta({ description: "Why there was no answer." }),
  answer: z
    .string()
    .nullable()
    .meta({ description: "The first 1,024 bytes of what the receiver answered, as text." }),
});

/** A webhook's delivery as clients see it, the same in every answer. */
export const deliveryViewSchema = z.strictObject({
  id: z.string().meta({
    description: "What all of its attempts carry as `webhook-id`.",
    pattern: DELIVERY_ID.source,
  }),
  job_id: z
    .string()
    .nullable()
    .meta({ description: "The job whose end it tells; `null` for a test.", pattern: JOB_ID.source }),
  event: z.enum([...WEBHOOK_EVENTS, TEST_EVENT]),
  url: z.string().meta({ description: "Where it goes." }),
  status: z.enum(DELIVERY_STATUSES).meta({
    description:
      "`pending`: an attempt is to come, or under way. `failed`: it was given up. The last two change only when it is asked for once more.",
  }),
  created_at: time.meta({ description: "When that happened which it tells." }),
  next_attempt_at: time
    .nullable()
    .meta({ description: "Of a `pending` one: when it is tried, or tried again." }),
  attempts: z
    .array(deliveryAttemptSchema)
    .max(ATTEMPTS_KEPT)
    .meta({ description: `The oldest first; of more than ${ATTEMPTS_KEPT} the latest.` }),
});

export type DeliveryView = z.infer<typeof deliveryViewSchema>;

/** What is known of a delivery, but for what it sends. */
export interface DeliveryRecord {
  id: string;
  /** `null` for a test. */
  jobId: string | null;
  event: DeliveryView["event"];
  url: string;
  status: DeliveryStatus;
  happenedAtMs: number;
  /** `null` unless it is pending. */
  nextAttemptAtMs: number | null;
  /** The oldest first. */
  attempts: readonly DeliveryAttempt[];
}

const iso = (ms: number) => new Date(ms).toISOString();

export const toDeliveryView = (record: DeliveryRecord): DeliveryView => ({
  id: record.id,
  job_id: record.jobId,
  event: record.event,
  url: record.url,
  status: record.status,
  created_at: iso(record.happenedAtMs),
  next_attempt_at: record.nextAttemptAtMs === null ? null : iso(record.nextAttemptAtMs),
  attempts: record.attempts.map(({ startedAtMs, durationMs, status, error, answer }) => ({
    started_at: iso(startedAtMs),
    duration_ms: Math.round(durationMs),
    status,
    error,
    answer,
  })),
});
