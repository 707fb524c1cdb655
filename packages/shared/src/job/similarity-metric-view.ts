import { z } from "zod";
import { METRIC_FAMILIES } from "./metric-definitions.ts";
import { METRIC_NAMES } from "./metric-names.ts";

export const metricOptionSchema = z.strictObject({
  name: z.string(),
  type: z.enum(["number", "integer", "string", "boolean"]),
  description: z.string(),
  enum: z.array(z.string()).optional().meta({ description: "The values it may have, of a `string`." }),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  default: z
    .union([z.number(), z.string(), z.boolean()])
    .optional()
    .meta({ description: "Absent where it depends on the other options." }),
});

/** A similarity metric as clients see it. */
export const similarityMetricSchema = z.strictObject({
  name: z.enum(METRIC_NAMES).meta({ description: "What a submission's `metric` may be." }),
  family: z.enum(METRIC_FAMILIES),
  definition: z.string(),
  options: z.array(metricOptionSchema),
  source: z.string().meta({ description: "The paper, or the library whose definition it is." }),
});

export type SimilarityMetricView = z.infer<typeof similarityMetricSchema>;
