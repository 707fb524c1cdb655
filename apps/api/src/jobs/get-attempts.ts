import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { attemptViewSchema } from "@semblance/shared/job/attempt-view";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { jobIdParams } from "./job-responses.ts";
import { readAttempts } from "./read-attempts.ts";
import { readJobSummary } from "./read-job.ts";

const attemptSchema = z
  .object(attemptViewSchema.shape)
  .openapi("Attempt", { description: "An attempt that failed." });

const listSchema = z
  .object({ attempts: z.array(attemptSchema) })
  .openapi("AttemptList", { description: "The attempts of a job that failed." });

const example = {
  attempts: [{ attempt: 1, error: { code: "crashed" as const, message: "the thread exited with code 134" } }],
};

const route = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/attempts",
  operationId: "getAttempts",
  tags: ["Jobs"],
  summary: "Read why attempts of a job failed",
  description:
    "Every attempt that failed, the oldest first; also of a job that succeeded after all. The job's `attempts` does not count those whose worker process died: they have no number, and stand before the others.",
  request: { params: jobIdParams },
  responses: {
    200: {
      description: "The attempts; none when none failed.",
      content: { "application/json": { schema: listSchema, example } },
    },
    ...problemResponses("not-found", "store-unavailable", "internal"),
  },
});

export const getAttempts = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    const { id } = context.req.valid("param");
    await readJobSummary(deps, context.var.tenant, id);
    return context.json({ attempts: await readAttempts(deps.redis, deps.keys, id) }, 200);
  });
