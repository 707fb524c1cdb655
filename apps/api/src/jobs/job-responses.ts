import { z } from "@hono/zod-openapi";
import { jobViewSchema, resultSchema } from "@semblance/shared/job/job-view";

/** The schemas of answers, under the names they have in the OpenAPI document. */
export const jobSchema = z.object(jobViewSchema.shape).openapi("Job");
export const scoringResultSchema = z.object(resultSchema.shape).openapi("Result");
export const jobWithResultSchema = z
  .object({ ...jobViewSchema.shape, result: scoringResultSchema.nullable() })
  .openapi("JobWithResult");

export const jobIdParams = z.object({
  id: z
    .string()
    .openapi({ param: { name: "id", in: "path" }, example: "job_0192f3a2b4c87d1e9f00a1b2c3d4e5f6" }),
});

export const retryAfterHeader = (meaning: string) => ({
  "Retry-After": { schema: { type: "integer" as const }, description: `Seconds: ${meaning}.` },
});

/** A header of an answer, in the OpenAPI document. */
export const header = (description: string) => ({ schema: { type: "string" as const }, description });

export const resultHeaders = {
  ETag: header("The result's entity tag, once it is there; it never changes again."),
  Vary: header("What else the answer depends on: `Accept-Encoding` with a result, and `Prefer`."),
  "Content-Encoding": header("`zstd` or `gzip`, where the client accepts it and it is worth it."),
};

export const preferHeader = z.object({
  prefer: z
    .string()
    .optional()
    .openapi({
      param: { in: "header" },
      description:
        "`wait=N` holds the answer until the job ends, N seconds at the most; `respond-async` asks for an answer at once (RFC 7240).",
      example: "wait=10",
    }),
});

export const idempotencyHeader = z.object({
  "idempotency-key": z
    .string()
    .optional()
    .openapi({
      param: { in: "header" },
      description:
        "1 to 255 characters by which a submission is known for 24 hours: sent again with the same bytes it is answered with the job that it made (draft-ietf-httpapi-idempotency-key-header; the quotes may be left out).",
      example: '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
    }),
});

export const submissionHeaders = preferHeader.extend(idempotencyHeader.shape);

/** A parameter of the query, of digits alone. */
export const wholeNumber = (range: z.ZodType<number, number>) =>
  z.string().regex(/^\d+$/, "not a whole number").transform(Number).pipe(range).optional();

export const preferenceHeaders = {
  "Preference-Applied": header(
    "Which preferences were followed, with the seconds that were waited at the most.",
  ),
  Vary: header("`Prefer`."),
};

export const notModified = { description: "The client's `If-None-Match` names the result as it is." };

/** The headers that answers with JSON made by hand share. */
export const JSON_HEADERS = { "Content-Type": "application/json" };
