import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { isDone } from "@semblance/shared/job/job-record";
import type { Dependencies, Env } from "../dependencies.ts";
import { Problem } from "../problems/problem.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { jobIdParams, notModified, resultHeaders, scoringResultSchema } from "./job-responses.ts";
import { readJob } from "./read-job.ts";
import { respondWithResult } from "./result-body.ts";

const route = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/result",
  summary: "Read a job's result alone",
  request: { params: jobIdParams },
  responses: {
    200: {
      description: "The result.",
      headers: resultHeaders,
      content: { "application/json": { schema: scoringResultSchema } },
    },
    304: notModified,
    ...problemResponses("not-found", "not-finished", "no-result", "store-unavailable", "internal"),
  },
});

export const getResult = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    const { id } = context.req.valid("param");
    const { record, result } = await readJob(deps, context.var.tenant, id);
    if (!isDone(record.status)) {
      throw new Problem("not-finished", {
        detail: `The job is ${record.status}.`,
        retryAfterS: await deps.monitor.pollAfterS(),
      });
    }
    if (!result) throw new Problem("no-result", { detail: `The job ended as ${record.status}.` });
    return (await respondWithResult(context, id, "", result, "")) as never;
  });
