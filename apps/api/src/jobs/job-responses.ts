import { z } from "@hono/zod-openapi";
import { jobViewSchema, progressSchema, resultSchema } from "@semblance/shared/job/job-view";
import { IDEMPOTENCY_KEY } from "../admission/idempotency-key.ts";
import { headerRef } from "../operations/response-headers.ts";

/** The schemas of answers, under the names they have in the OpenAPI document. */
export const progressDocument = z.object(progressSchema.shape).openapi("Progress", {
  description: "How far the scoring has come.",
});
const jobShape = { ...jobViewSchema.shape, progress: progressDocument };
export const jobSchema = z
  .object(jobShape)
  .openapi("Job", { description: "A job, the same in every answer." });
export const scoringResultSchema = z
  .object(resultSchema.shape)
  .openapi("Result", { description: "The scores of a job that has succeeded." });

/** A named schema that may be `null`: said of the schema itself, it would be said wherever its name stands. */
export const resultOrNull = z
  .union([scoringResultSchema, z.null()])
  .openapi({ description: "`null` before the job has succeeded." });

export const jobWithResultSchema = z
  .object({ ...jobShape, result: resultOrNull })
  .openapi("JobWithResult", { description: "A job, and its result once it is there." });

export const jobIdParams = z.object({
  id: z.string().openapi({
    param: {
      name: "id",
      in: "path",
      description: "The job's id.",
      example: "job_0192f3a2b4c87d1e9f00a1b2c3d4e5f6",
    },
  }),
});

const headerParameter = (name: string, description: string, example: string) => ({
  name,
  in: "header" as const,
  required: false,
  description,
  schema: { type: "string" as const },
  example,
});

/** A header that one answer alone has, in the OpenAPI document. */
export const header = (description: string) => ({ schema: { type: "string" as const }, description });

export const preferParameter = headerParameter(
  "Prefer",
  "`wait=N` holds the answer until the job ends, N seconds at the most; `respond-async` asks for an answer at once (RFC 7240). What is not understood is ignored.",
  "wait=10",
);

/** What a result may be asked for with: only if it is news, and compressed. */
export const resultParameters = [
  headerParameter(
    "If-None-Match",
    "The entity tag of a result that the client has: then it is not sent again.",
    '"job_0192f3a2b4c87d1e9f00a1b2c3d4e5f6"',
  ),
  headerParameter("Accept-Encoding", "`zstd` or `gzip` has a large result compressed.", "gzip"),
];

export const idempotencyKeyParameter = {
  ...headerParameter(
    "Idempotency-Key",
    "1 to 255 characters by which a submission is known for 24 hours: sent again with the same bytes it is answered with the job that it made (draft-ietf-httpapi-idempotency-key-header; the quotes may be left out).",
    '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
  ),
  schema: { type: "string" as const, pattern: IDEMPOTENCY_KEY.source },
};

/** A parameter of the query, of digits alone. */
export const wholeNumber = (range: z.ZodType<number, number>) =>
  z.string().regex(/^\d+$/, "not a whole number").transform(Number).pipe(range).optional();

export const preferenceHeaders = {
  "Preference-Applied": headerRef("PreferenceApplied"),
  Vary: headerRef("Vary"),
};

export const notModified = {
  description: "`If-None-Match` names the result as it is.",
  headers: { ETag: headerRef("ETag"), Vary: headerRef("Vary") },
};

/** The headers that answers with JSON made by hand share. */
export const JSON_HEADERS = { "Content-Type": "application/json" };
