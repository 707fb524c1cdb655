import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { isDone } from "@semblance/shared/job/job-record";
import { toJobView } from "@semblance/shared/job/job-view";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import {
  JSON_HEADERS,
  jobIdParams,
  jobWithResultSchema,
  notModified,
  resultHeaders,
  retryAfterHeader,
} from "./job-responses.ts";
import { readJob } from "./read-job.ts";
import { respondWithResult } from "./result-body.ts";

const route = createRoute({
  method: "get",
  path: "/v1/jobs/{id}",
  summary: "Read a job, and its result once it has succeeded",
  request: { params: jobIdParams },
  responses: {
    200: {
      description: "The job.",
      headers: { ...retryAfterHeader("when to poll again, while the job is not done"), ...resultHeaders },
      content: { "application/json": { schema: jobWithResultSchema } },
    },
    304: notModified,
    ...problemResponses("not-found", "store-unavailable", "internal"),
  },
});

export const getJob = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    const { id } = context.req.valid("param");
    const { record, metadata, result } = await readJob(deps, context.var.tenant, id);
    if (!isDone(record.status)) context.header("Retry-After", String(await deps.monitor.pollAfterS()));
    const open = `${JSON.stringify(toJobView(record, metadata, deps)).slice(0, -1)},"result":`;
    if (!result) return context.body(`${open}null}`, 200, JSON_HEADERS) as never;
    return (await respondWithResult(context, id, open, result, "}")) as never;
  });
