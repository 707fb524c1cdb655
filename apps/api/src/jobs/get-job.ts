import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { isDone } from "@semblance/shared/job/job-record";
import { toJobView } from "@semblance/shared/job/job-view";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { JSON_HEADERS, jobIdParams, jobWithResultSchema, retryAfterHeader } from "./job-responses.ts";
import { readJob } from "./read-job.ts";

const route = createRoute({
  method: "get",
  path: "/v1/jobs/{id}",
  summary: "Read a job, and its result once it has succeeded",
  request: { params: jobIdParams },
  responses: {
    200: {
      description: "The job.",
      headers: retryAfterHeader("when to poll again, while the job is not done"),
      content: { "application/json": { schema: jobWithResultSchema } },
    },
    ...problemResponses("not-found", "store-unavailable", "internal"),
  },
});

/** Puts the result's bytes into the job's JSON as they are. */
const spliceResult = (view: object, result: Buffer | null): Buffer<ArrayBuffer> | string => {
  const open = `${JSON.stringify(view).slice(0, -1)},"result":`;
  return result ? Buffer.concat([Buffer.from(open), result, Buffer.from("}")]) : `${open}null}`;
};

export const getJob = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    const { record, metadata, result } = await readJob(
      deps,
      context.var.tenant,
      context.req.valid("param").id,
    );
    if (!isDone(record.status)) context.header("Retry-After", String(await deps.monitor.pollAfterS()));
    return context.body(spliceResult(toJobView(record, metadata, deps), result), 200, JSON_HEADERS) as never;
  });
