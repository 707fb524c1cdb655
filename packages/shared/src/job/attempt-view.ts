import { z } from "zod";
import { jobErrorSchema } from "./job-view.ts";

/** A failed attempt of a job, as clients see it. */
export const attemptViewSchema = z.strictObject({
  attempt: z.int().min(1).nullable().meta({
    description:
      "Its place among those that the job's `attempts` counts, from 1; `null` where that is not known.",
  }),
  error: jobErrorSchema.meta({ description: "Why it ended without a result." }),
});

export type AttemptView = z.infer<typeof attemptViewSchema>;
