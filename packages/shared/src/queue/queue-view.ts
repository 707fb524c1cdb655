import { z } from "zod";

const count = z.int().min(0);

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
  oldest_wait_ms: count.nullable().meta({ description: "How long the next job in line has waited." }),
  drain_rate_per_s: z.number().min(0).meta({ description: "Jobs that ended a second, lately." }),
  estimated_wait_ms: count.nullable().meta({ description: "For a job that joins now; `null` when unknown." }),
});

export type QueueView = z.infer<typeof queueViewSchema>;
