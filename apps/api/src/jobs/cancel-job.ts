import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { toJobView } from "@semblance/shared/job/job-view";
import type { Dependencies, Env } from "../dependencies.ts";
import { Problem } from "../problems/problem.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { canceledJobExample } from "./job-examples.ts";
import { jobIdParams, jobSchema } from "./job-responses.ts";
import { markCanceled } from "./mark-canceled.ts";
import { readJob } from "./read-job.ts";

const route = createRoute({
  method: "post",
  path: "/v1/jobs/{id}/cancel",
  operationId: "cancelJob",
  tags: ["Jobs"],
  summary: "Cancel a job that has not ended",
  description:
    "A queued job is taken out of the queue, and the thread of a running one is killed. What was sent with the job is deleted; the job itself stays to be read.",
  request: { params: jobIdParams },
  responses: {
    200: {
      description: "The job is canceled, for good.",
      content: { "application/json": { schema: jobSchema, example: canceledJobExample } },
    },
    ...problemResponses("not-found", "already-done", "store-unavailable", "internal"),
  },
});

export const cancelJob = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    const { id } = context.req.valid("param");
    const { tenant } = context.var;
    const { record } = await readJob(deps, tenant, id);
    switch (await markCanceled(deps, id)) {
      case "ended":
      case "told":
        break;
      case "marked":
      case "held":
      case "done":
        throw new Problem("already-done", { detail: "The job had ended before." });
      default:
        throw new Problem("not-found", { detail: "There is no job with this id." });
    }
    Object.assign(context.var.logFields, { jobId: id, canceledFrom: record.status });
    const canceled = await readJob(deps, tenant, id);
    return context.json(toJobView(canceled.record, canceled.metadata, deps), 200);
  });
