import { z } from "zod";
import type { QueueTotal } from "./queue-totals.ts";

const count = z.int().min(0);

const totalsSchema = z.strictObject({
  refused: count.meta({
    description: "Submissions that were refused for want of room: `queue-full` or `store-full`.",
  }),
  timed_out: count.meta({ description: "Attempts that ended `timed_out`." }),
  crashed: count.meta({ description: "Attempts that ended `crashed`." }),
  out_of_memory: count.meta({ description: "Attempts that ended `out_of_memory`." }),
  delivered: count.meta({ description: "Webhooks that their receivers took." }),
  undelivered: count.meta({ description: "Webhooks that were given up." }),
} satisfies Record<QueueTotal, z.ZodType>);

/** The state of the queue as clients see it. */
export const queueViewSchema = z.strictObject({
  depth: count.meta({ description: "Jobs that wait, those that are just being accepted included." }),
  limit: count.meta({ description: "The depth at which submissions are refused." }),
  running: count.meta({
    description: "Jobs that workers hold: those in threads, and up to two a worker that wait for one.",
  }),
  workers: count.meta({
    description: "Worker processes that take jobs; at 0 nobody would run what is queued.",
  }),
  threads: count.meta({ description: "Threads that these workers run jobs in, all together." }),
  breakers_open: count.meta({
    description: "Worker processes that take no jobs at present, since they cannot start threads.",
  }),
  oldest_wait_ms: count.nullable().meta({ description: "How long the next job in line has waited." }),
  drain_rate_per_s: z.number().min(0).meta({ description: "Jobs that ended a second, lately." }),
  estimated_wait_ms: count.nullable().meta({ description: "For a job that joins now; `null` when unknown." }),
  store: z.strictObject({
    bytes: count.meta({ description: "Bytes that all jobs take, or have reserved." }),
    limit: count.meta({ description: "The bytes at which submissions are refused." }),
  }),
  deliveries: z.strictObject({
    waiting: count.meta({ description: "Those that can be sent, or wait for their next attempt." }),
    sending: count.meta({ description: "Those that are just being sent." }),
  }),
  totals: totalsSchema,
});

export type QueueView = z.infer<typeof queueViewSchema>;
