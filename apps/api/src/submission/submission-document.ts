import { z } from "@hono/zod-openapi";
import type { SubmissionLimits } from "@semblance/shared/job/limits";
import { metricDefinitions } from "@semblance/shared/job/metric-definitions";
import { METRIC_NAMES } from "@semblance/shared/job/metric-names";
import { candidateSchema, submissionEnvelopeSchema } from "@semblance/shared/job/submission";

const count = (value: number) => value.toLocaleString("en");

/** What `metric_options` may hold goes by `metric`: an alternative for each group of metrics that share theirs. */
const metricOptionAlternatives = (): Record<string, unknown>[] => {
  const sharing = Map.groupBy(METRIC_NAMES, (metric) => metricDefinitions[metric].options);
  return [...sharing].map(([schema, metrics]) => {
    if (Object.keys(schema.shape).length === 0) {
      return {
        properties: { metric: { enum: metrics }, metric_options: { type: "object", maxProperties: 0 } },
      };
    }
    const { $schema: _, ...options } = z.toJSONSchema(schema, { io: "input" });
    return { properties: { metric: { enum: metrics }, metric_options: options }, required: ["metric"] };
  });
};

/** The whole submission, for the document only: the body is never parsed as one. */
export const submissionDocument = (limits: SubmissionLimits) => {
  const { query, ...options } = submissionEnvelopeSchema(limits).shape;
  return z
    .strictObject({
      query,
      candidates: z.array(candidateSchema(limits)).min(1).max(limits.candidatesMax).openapi({
        description: "The texts that are scored: each alone, or with an id that comes back in the result.",
      }),
      ...options,
    })
    .openapi("Submission", {
      description: `A query, and the candidates that it is compared with. Beside the limits below, a body has ${count(limits.bodyBytesMax)} bytes at the most, ${count(limits.envelopeBytesMax)} of them for everything but the candidates; texts hold no unpaired surrogate; and the work, the query's characters times those of all candidates, weighed by the metric, is limited to ${count(limits.jobCellsMax)} cells.`,
      anyOf: metricOptionAlternatives(),
    });
};
