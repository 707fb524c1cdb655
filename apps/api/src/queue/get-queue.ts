import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";

const queueSchema = z
  .object({
    depth: z.int().openapi({ description: "Jobs that wait, those that are just being accepted included." }),
    limit: z.int().openapi({ description: "The depth at which submissions are refused." }),
    running: z.int().meta({
      description: "Jobs that workers hold: those in threads, and up to two a worker that wait for one.",
    }),
    workers: z
      .int()
      .openapi({ description: "Worker processes that take jobs; at 0 nobody would run what is queued." }),
    oldest_wait_ms: z.int().nullable().openapi({ description: "How long the next job in line has waited." }),
    drain_rate_per_s: z.number().openapi({ description: "Jobs that ended a second, lately." }),
    estimated_wait_ms: z
      .int()
      .nullable()
      .openapi({ description: "For a job that joins now; `null` when unknown." }),
  })
  .openapi("Queue");

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
