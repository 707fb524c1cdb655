import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { queueViewSchema } from "@semblance/shared/queue/queue-view";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";

const { store, deliveries, totals } = queueViewSchema.shape;

const storeSchema = z.object(store.shape).openapi("QueueStore", {
  description: "What is stored of all jobs: payloads, results, metadata and deliveries.",
});
const deliveriesSchema = z
  .object(deliveries.shape)
  .openapi("QueueDeliveries", { description: "Webhooks on their way." });
const totalsSchema = z.object(totals.shape).openapi("QueueTotals", {
  description:
    "Counted since the service's first start, for rates by difference; some seconds late, and without the last ones of a process that was killed.",
});
const queueSchema = z
  .object({
    ...queueViewSchema.shape,
    store: storeSchema,
    deliveries: deliveriesSchema,
    totals: totalsSchema,
  })
  .openapi("Queue", { description: "The queue's state." });

const queueExample = {
  depth: 12,
  limit: 1_000,
  running: 4,
  workers: 1,
  threads: 4,
  breakers_open: 0,
  oldest_wait_ms: 35,
  drain_rate_per_s: 340.5,
  estimated_wait_ms: 35,
  store: { bytes: 1_843_200, limit: 1_073_741_824 },
  deliveries: { waiting: 3, sending: 1 },
  totals: { refused: 17, timed_out: 2, crashed: 1, out_of_memory: 0, delivered: 5_120, undelivered: 4 },
};

const route = createRoute({
  method: "get",
  path: "/v1/queue",
  operationId: "getQueue",
  tags: ["Queue"],
  summary: "Read the state of the queue",
  description:
    "How many jobs wait and how many may, who works on them, how long a job that joins now would wait, and what went wrong so far.",
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
    const { ready, delayed, active } = state.deliveries;
    return context.json(
      {
        depth: state.depth,
        limit: deps.queueDepthMax,
        running: state.running,
        workers: state.workers,
        threads: state.threads,
        breakers_open: state.breakersOpen,
        oldest_wait_ms: state.oldestWaitMs,
        drain_rate_per_s: state.drainRatePerS,
        estimated_wait_ms: state.estimatedWaitMs,
        store: { bytes: state.storeBytes, limit: deps.storeBytesMax },
        deliveries: { waiting: ready + delayed, sending: active },
        totals: state.totals,
      },
      200,
    );
  });
