import { Hono } from "hono";
import type { Readiness } from "./readiness.ts";
import type { WorkerMetrics } from "./worker-metrics.ts";

/** `/healthz`: the process answers. `/readyz`: it takes jobs. `/metrics`: in Prometheus' text format. */
export const createHealthApp = (readReadiness: () => Promise<Readiness>, metrics: WorkerMetrics) =>
  new Hono()
    .get("/healthz", (context) => context.json({ status: "ok" }))
    .get("/readyz", async (context) => {
      const status = await readReadiness();
      return context.json({ status }, status === "ready" ? 200 : 503);
    })
    .get("/metrics", async (context) =>
      context.body(await metrics.render(), 200, { "Content-Type": metrics.contentType }),
    );
