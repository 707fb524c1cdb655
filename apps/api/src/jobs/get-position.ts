import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { isDone } from "@semblance/shared/job/job-record";
import { positionViewSchema } from "@semblance/shared/queue/position-view";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { readPosition } from "../queue/read-position.ts";
import { jobIdParams } from "./job-responses.ts";
import { readJobSummary } from "./read-job.ts";

const positionSchema = z
  .object(positionViewSchema.shape)
  .openapi("Position", { description: "Where a job stands in line." });

const NOWHERE = { position: null, estimated_wait_ms: null };

const route = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/position",
  operationId: "getPosition",
  tags: ["Jobs"],
  summary: "Read where a job stands in line",
  description:
    "Counted over all tenants. Jobs of others may come to stand before it, for tenants take turns. One that a worker holds, that is done, or that waits for its next attempt, stands nowhere: both are `null`.",
  request: { params: jobIdParams },
  responses: {
    200: {
      description: "Its place, and for how long it is likely to wait there.",
      content: {
        "application/json": {
          schema: positionSchema,
          examples: {
            waiting: {
              summary: "A job in line",
              value: { position: 12, estimated_wait_ms: 3_400 },
            },
            running: { summary: "A job that is not, or not any more", value: NOWHERE },
          },
        },
      },
    },
    ...problemResponses("not-found", "store-unavailable", "internal"),
  },
});

export const getPosition = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    const { id } = context.req.valid("param");
    const [{ record }, position] = await Promise.all([
      readJobSummary(deps, context.var.tenant, id),
      readPosition(deps.redis, deps.keys, id),
    ]);
    // One that was ended from outside may not be out of the queue yet.
    if (position === null || isDone(record.status)) return context.json(NOWHERE, 200);
    return context.json({ position, estimated_wait_ms: await deps.monitor.waitAtMs(position) }, 200);
  });
