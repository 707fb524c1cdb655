import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { isDone } from "@semblance/shared/job/job-record";
import type { SubmissionLimits } from "@semblance/shared/job/limits";
import type { Dependencies, Env } from "../dependencies.ts";
import { headerRef } from "../operations/response-headers.ts";
import { Problem } from "../problems/problem.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { locateRows, type Slice } from "../results/locate-rows.ts";
import { respondWithResult } from "../results/respond-with-result.ts";
import { type ResultFormat, type ResultMediaType, resultFormats } from "../results/result-formats.ts";
import { resultExample } from "./job-examples.ts";
import {
  header,
  jobIdParams,
  notModified,
  resultParameters,
  scoringResultSchema,
  wholeNumber,
} from "./job-responses.ts";
import { readJob } from "./read-job.ts";

const sliceQuery = ({ candidatesMax }: SubmissionLimits) =>
  z.object({
    limit: wholeNumber(z.int().min(1).max(candidatesMax)).openapi({
      type: "integer",
      minimum: 1,
      maximum: candidatesMax,
      description: "How many results come at most; all when absent.",
    }),
    offset: wholeNumber(z.int().min(0)).openapi({
      type: "integer",
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: "How many results to leave out, from the best on.",
    }),
  });

const string = { type: "string" as const };

const content = {
  "application/json": { schema: scoringResultSchema, example: resultExample },
  "text/csv; charset=utf-8; header=present": {
    schema: {
      ...string,
      description:
        "RFC 4180: `index`, `id` (in quotes, or empty without one) and `score` of each result. An id that a spreadsheet may take for a formula, since it begins with `=`, `+`, `-`, `@`, their full-width forms, a tab, a line break or a NUL, has a single quote before it; the other representations have it as it came.",
    },
    example: 'index,id,score\r\n0,,0.9032258064516129\r\n1,"city-42",0.72\r\n',
  },
  "application/x-ndjson": {
    schema: { ...string, description: "Each result as a JSON object on a line of its own." },
    example: resultExample.results.map((row) => `${JSON.stringify(row)}\n`).join(""),
  },
} satisfies Record<ResultMediaType, object>;

const resultRoute = (limits: SubmissionLimits) =>
  createRoute({
    method: "get",
    path: "/v1/jobs/{id}/result",
    operationId: "getResult",
    tags: ["Jobs"],
    summary: "Read a job's result alone, whole or a part of it, as JSON, CSV or lines of JSON",
    description:
      "There is one once the job has succeeded; then it never changes, and is kept until `result_expires_at`. What it comes as is chosen by `Accept`. `limit` and `offset` choose among the results, of which there may be none; `scored` and `duration_ms` tell of all. Other query parameters are ignored.",
    parameters: resultParameters,
    request: { params: jobIdParams, query: sliceQuery(limits) },
    responses: {
      200: {
        description: "The result.",
        headers: {
          ETag: headerRef("ETag"),
          Vary: headerRef("Vary"),
          "Content-Encoding": headerRef("ContentEncoding"),
          Link: header('The results that follow, with `rel="next"` (RFC 8288), when there are any.'),
          "Content-Disposition": header("A name for the file, of CSV."),
        },
        content,
      },
      304: notModified,
      ...problemResponses(
        "not-found",
        "not-finished",
        "no-result",
        "invalid-request",
        "store-unavailable",
        "internal",
      ),
    },
  });

const nextLink = (path: string, offset: number, limit: number) =>
  `<${path}?limit=${limit}&offset=${offset + limit}>; rel="next"`;

const sliceTag = ({ offset, limit }: Slice) =>
  offset === 0 && limit === undefined ? "" : `-${offset}-${limit ?? "end"}`;

export const getResult = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(resultRoute(deps.limits), async (context) => {
    const { id } = context.req.valid("param");
    const { offset = 0, limit } = context.req.valid("query");
    const { record, result } = await readJob(deps, context.var.tenant, id);
    if (!isDone(record.status)) {
      throw new Problem("not-finished", {
        detail: `The job is ${record.status}.`,
        retryAfterS: await deps.monitor.pollAfterS(),
      });
    }
    if (!result) throw new Problem("no-result", { detail: `The job ended as ${record.status}.` });

    const contentType = context.var.mediaType as ResultMediaType;
    const { tag, fileExtension, write }: ResultFormat = resultFormats[contentType];
    context.header("Vary", "Accept", { append: true });
    return (await respondWithResult(context, {
      contentType,
      tag: id + tag + sliceTag({ offset, limit }),
      storedBytes: result.bytes,
      open: async () => {
        const rows = await locateRows(result, { offset, limit });
        if (fileExtension) {
          context.header("Content-Disposition", `attachment; filename="${id}${fileExtension}"`);
        }
        if (rows.hasMore && limit !== undefined) {
          context.header("Link", nextLink(`${deps.publicUrl}${context.req.path}`, offset, limit));
        }
        return { storedBytes: rows.end - rows.start, pieces: write(result, rows) };
      },
    })) as never;
  });
