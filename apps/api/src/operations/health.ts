import { Hono } from "hono";
import type { Dependencies } from "../dependencies.ts";
import { Problem } from "../problems/problem.ts";

/** `/healthz`: the process answers. `/readyz`: it should be sent requests, since Redis answers and no shutdown has begun. */
export const health = (deps: Dependencies) =>
  new Hono()
    .get("/healthz", (context) => context.json({ status: "ok" }))
    .get("/readyz", async (context) => {
      if (deps.isDraining()) throw new Problem("shutting-down");
      await deps.redis.ping();
      return context.json({ status: "ready" });
    });
