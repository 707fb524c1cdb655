import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Dependencies, Env } from "../dependencies.ts";
import { Problem } from "../problems/problem.ts";
import { problemResponses } from "../problems/problem-schema.ts";

/** A probe has no key. */
const OPEN = { tags: ["Operations"], security: [] };

const answer = (status: string) => ({
  description: `Always \`${status}\`.`,
  content: { "application/json": { schema: z.object({ status: z.literal(status) }), example: { status } } },
});

const healthRoute = createRoute({
  ...OPEN,
  method: "get",
  path: "/healthz",
  operationId: "getHealth",
  summary: "Ask whether the process is up",
  description: "Asks nothing of Redis: a process that does not answer should be restarted.",
  responses: { 200: answer("ok"), ...problemResponses("internal") },
});

const readinessRoute = createRoute({
  ...OPEN,
  method: "get",
  path: "/readyz",
  operationId: "getReadiness",
  summary: "Ask whether the process should be sent requests",
  description: "It should while Redis answers and no shutdown has begun.",
  responses: { 200: answer("ready"), ...problemResponses("store-unavailable", "shutting-down", "internal") },
});

const metricsRoute = createRoute({
  ...OPEN,
  method: "get",
  path: "/metrics",
  operationId: "getMetrics",
  summary: "Read the metrics",
  description:
    "For Prometheus, in its text format. What it says of the queue is the same from every API process, and left out while Redis cannot be read.",
  responses: {
    200: {
      description: "The metrics.",
      content: {
        "text/plain": {
          schema: z.string(),
          example:
            "# HELP semblance_queue_depth Jobs that wait.\n# TYPE semblance_queue_depth gauge\nsemblance_queue_depth 12\n",
        },
      },
    },
    ...problemResponses("internal"),
  },
});

/** `/metrics`: for Prometheus. `/healthz`: the process answers. `/readyz`: it should be sent requests, since Redis answers and no shutdown has begun. */
export const health = (app: OpenAPIHono<Env>, deps: Dependencies) => {
  app.openapi(healthRoute, (context) => context.json({ status: "ok" }, 200));
  app.on("GET", metricsRoute.getRoutingPath(), async (context) =>
    context.body(await deps.metrics.render(), 200, { "Content-Type": deps.metrics.contentType }),
  );
  app.openAPIRegistry.registerPath(metricsRoute);
  app.openapi(readinessRoute, async (context) => {
    if (deps.isDraining()) throw new Problem("shutting-down");
    await deps.redis.ping();
    return context.json({ status: "ready" }, 200);
  });
};
