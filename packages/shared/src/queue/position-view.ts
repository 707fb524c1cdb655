import { z } from "zod";

/** Where a job stands in line, as clients see it. */
export const positionViewSchema = z.strictObject({
  position: z.int().min(1).nullable().meta({
    description: "1 is the next in line; `null` of a job that does not wait there.",
  }),
  estimated_wait_ms: z.int().min(0).nullable().meta({
    description: "By the rate at which jobs end at present; `null` when unknown.",
  }),
});

export type PositionView = z.infer<typeof positionViewSchema>;
