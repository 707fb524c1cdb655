import { z } from "@hono/zod-openapi";
import type { SubmissionLimits } from "@semblance/shared/job/limits";
import { METRIC_NAMES, type MetricName } from "@semblance/shared/job/metric-names";
import { type SubmissionEnvelope, submissionEnvelopeSchema } from "@semblance/shared/job/submission";
import type { BodyShape } from "../submission/submission-reader.ts";

/** What a job is made of, and what only this call has. */
export interface RerankEnvelope extends SubmissionEnvelope {
  returnDocuments: boolean;
}

/** As routers write models, `provider/model`. */
const OUR_PREFIX = /^semblance\//;

const toMetric = (model: string): MetricName | undefined =>
  METRIC_NAMES.find((name) => name === model.replace(OUR_PREFIX, ""));

const model = z
  .string()
  .refine((name) => name.isWellFormed(), "the model holds an unpaired surrogate escape");
const ignored = z.number().nullish().meta({ description: "Accepted, and of no effect." });

/** Everything of a rerank request but its documents; what is absent may be `null`, as some clients write it. */
export const rerankFields = (limits: SubmissionLimits) => {
  const { query, top_n } = submissionEnvelopeSchema(limits).shape;
  return z.strictObject({
    query,
    model: model.nullish().meta({
      description:
        "The similarity metric by its name, such as `jaro_winkler` or `semblance/jaro_winkler`. The name of any other model stands for the default metric.",
    }),
    top_n: top_n.nullable(),
    return_documents: z.boolean().nullish().meta({
      description: "Whether results hold their documents, in version 1; of no effect in version 2.",
    }),
    rank_fields: z.array(z.literal("text")).nullish().meta({
      description: "Documents have one field, `text`.",
    }),
    max_tokens_per_doc: ignored,
    max_chunks_per_doc: ignored,
    priority: ignored,
  });
};

export const rerankShape = (limits: SubmissionLimits): BodyShape<RerankEnvelope> => {
  const submission = submissionEnvelopeSchema(limits);
  return {
    member: "documents",
    envelopeSchema: rerankFields(limits).transform(({ query, model, top_n, return_documents }) => ({
      ...submission.parse({ query, metric: toMetric(model ?? ""), top_n: top_n ?? undefined }),
      returnDocuments: return_documents ?? false,
    })),
  };
};
