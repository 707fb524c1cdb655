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

/** `/healthz`: the process answers. `/readyz`: it should be sent requests, since Redis answers and no shutdown has begun. */
export const health = (app: OpenAPIHono<Env>, deps: Dependencies) => {
  app.openapi(healthRoute, (context) => context.json({ status: "ok" }, 200));
  app.openapi(readinessRoute, async (context) => {
    if (deps.isDraining()) throw new Problem("shutting-down");
    await deps.redis.ping();
    return context.json({ status: "ready" }, 200);
  });
};
