import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import {
  METRIC_FAMILIES,
  type MetricDefinition,
  metricDefinitions,
} from "@semblance/shared/job/metric-definitions";
import { METRIC_NAMES } from "@semblance/shared/job/metric-names";
import type { Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";

const optionSchema = z
  .object({
    name: z.string(),
    type: z.enum(["number", "integer", "string", "boolean"]),
    description: z.string(),
    enum: z.array(z.string()).optional().openapi({ description: "The values it may have, of a `string`." }),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    default: z
      .union([z.number(), z.string(), z.boolean()])
      .optional()
      .openapi({ description: "Absent where it depends on the other options." }),
  })
  .openapi("SimilarityMetricOption", { description: "Its range is told in the words of JSON Schema." });

const metricsSchema = z
  .object({
    metrics: z.array(
      z
        .object({
          name: z.enum(METRIC_NAMES).openapi({ description: "What a submission's `metric` may be." }),
          family: z.enum(METRIC_FAMILIES),
          definition: z.string(),
          options: z
            .array(optionSchema)
            .openapi({ description: "What a submission's `metric_options` may hold." }),
          source: z.string().openapi({ description: "The paper, or the library whose definition it is." }),
        })
        .openapi("SimilarityMetric", { description: "A way to compare two texts." }),
    ),
  })
  .openapi("SimilarityMetrics", { description: "All that there are." });

type Option = z.infer<typeof optionSchema>;

const toOptions = (schema: MetricDefinition["options"]): Option[] => {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input" });
  return Object.entries(properties).map(([name, option]) => ({ name, ...(option as Omit<Option, "name">) }));
};

const metrics = METRIC_NAMES.map((name) => {
  const { family, definition, source, options } = metricDefinitions[name];
  return { name, family, definition, options: toOptions(options), source };
});

/** They change with a release only. */
const CACHE_CONTROL = "max-age=3600";

const route = createRoute({
  method: "get",
  path: "/v1/similarity-metrics",
  operationId: "listSimilarityMetrics",
  tags: ["Similarity metrics"],
  summary: "List the similarity metrics with their definitions and options",
  description: "They change with a release only.",
  responses: {
    200: {
      description: "Every metric; scores are in [0, 1], and texts are compared by Unicode code point.",
      headers: { "Cache-Control": { schema: { type: "string" }, description: `\`${CACHE_CONTROL}\`` } },
      content: {
        "application/json": {
          schema: metricsSchema,
          example: { metrics: metrics.filter(({ name }) => name === "ratio" || name === "jaro_winkler") },
        },
      },
    },
    ...problemResponses("internal"),
  },
});

export const getSimilarityMetrics = (app: OpenAPIHono<Env>) =>
  app.openapi(route, (context) => context.json({ metrics }, 200, { "Cache-Control": CACHE_CONTROL }));
