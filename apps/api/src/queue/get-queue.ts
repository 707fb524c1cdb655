import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { queueViewSchema } from "@semblance/shared/queue/queue-view";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";

const queueSchema = z.object(queueViewSchema.shape).openapi("Queue", { description: "The queue's state." });

const queueExample = {
  depth: 12,
  limit: 1_000,
  running: 4,
  workers: 1,
  oldest_wait_ms: 35,
  drain_rate_per_s: 340.5,
  estimated_wait_ms: 35,
};

const route = createRoute({
  method: "get",
  path: "/v1/queue",
  operationId: "getQueue",
  tags: ["Queue"],
  summary: "Read the state of the queue",
  description: "How many jobs wait, how many may, and how long a job that joins now would wait.",
  responses: {
    200: {
      description: "The queue.",
      content: { "application/json": { schema: queueSchema, example: queueExample } },
    },
    ...problemResponses("store-unavailable", "internal"),
  },
});

export const getQueue = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    const state = await deps.monitor.read();
    return context.json(
      {
        depth: state.depth,
        limit: deps.queueDepthMax,
        running: state.running,
        workers: state.workers,
        oldest_wait_ms: state.oldestWaitMs,
        drain_rate_per_s: state.drainRatePerS,
        estimated_wait_ms: state.estimatedWaitMs,
      },
      200,
    );
  });
