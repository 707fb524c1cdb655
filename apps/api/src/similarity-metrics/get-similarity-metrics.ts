import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { type MetricDefinition, metricDefinitions } from "@semblance/shared/job/metric-definitions";
import { METRIC_NAMES } from "@semblance/shared/job/metric-names";
import {
  metricOptionSchema,
  type SimilarityMetricView,
  similarityMetricSchema,
} from "@semblance/shared/job/similarity-metric-view";
import type { Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";

const optionSchema = z
  .object(metricOptionSchema.shape)
  .openapi("SimilarityMetricOption", { description: "Its range is told in the words of JSON Schema." });

const metricsSchema = z
  .object({
    metrics: z.array(
      z
        .object({
          ...similarityMetricSchema.shape,
          options: z
            .array(optionSchema)
            .openapi({ description: "What a submission's `metric_options` may hold." }),
        })
        .openapi("SimilarityMetric", { description: "A way to compare two texts." }),
    ),
  })
  .openapi("SimilarityMetrics", { description: "All that there are." });

type Option = SimilarityMetricView["options"][number];

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
