import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { isDone } from "@semblance/shared/job/job-record";
import type { Dependencies, Env } from "../dependencies.ts";
import { Problem } from "../problems/problem.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { JSON_HEADERS, jobIdParams, scoringResultSchema } from "./job-responses.ts";
import { readJob } from "./read-job.ts";

const route = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/result",
  summary: "Read a job's result alone",
  request: { params: jobIdParams },
  responses: {
    200: { description: "The result.", content: { "application/json": { schema: scoringResultSchema } } },
    ...problemResponses("not-found", "not-finished", "no-result", "store-unavailable", "internal"),
  },
});

export const getResult = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    const { record, result } = await readJob(deps, context.var.tenant, context.req.valid("param").id);
    if (!isDone(record.status)) {
      throw new Problem("not-finished", {
        detail: `The job is ${record.status}.`,
        retryAfterS: await deps.monitor.pollAfterS(),
      });
    }
    if (!result) throw new Problem("no-result", { detail: `The job ended as ${record.status}.` });
    return context.body(result as Buffer<ArrayBuffer>, 200, JSON_HEADERS) as never;
  });
