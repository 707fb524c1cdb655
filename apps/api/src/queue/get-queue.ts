import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { queueViewSchema } from "@semblance/shared/queue/queue-view";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";

const queueSchema = z.object(queueViewSchema.shape).openapi("Queue");

const route = createRoute({
  method: "get",
  path: "/v1/queue",
  summary: "Read the state of the queue",
  responses: {
    200: { description: "The queue.", content: { "application/json": { schema: queueSchema } } },
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
