import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { deliveryIdOf } from "@semblance/shared/webhook/delivery-id";
import { toDeliveryView } from "@semblance/shared/webhook/delivery-view";
import type { Dependencies, Env } from "../dependencies.ts";
import { jobIdParams } from "../jobs/job-responses.ts";
import { readJob } from "../jobs/read-job.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { deliverySchema, pendingDeliveryExample } from "./delivery-responses.ts";
import { findDelivery } from "./read-delivery.ts";

const listSchema = z
  .object({ deliveries: z.array(deliverySchema) })
  .openapi("DeliveryList", { description: "The deliveries of a job's webhook." });

const route = createRoute({
  method: "get",
  path: "/v1/jobs/{id}/deliveries",
  operationId: "getJobDeliveries",
  tags: ["Webhooks"],
  summary: "Read the deliveries of a job's webhook, and their attempts",
  description:
    "One at the most, as long as a job tells of nothing but its end; none of a job that has not ended, or whose end nobody wants to be told. They are kept for a while after their last attempt, also when the job no longer is.",
  request: { params: jobIdParams },
  responses: {
    200: {
      description: "The deliveries.",
      content: {
        "application/json": { schema: listSchema, example: { deliveries: [pendingDeliveryExample] } },
      },
    },
    ...problemResponses("not-found", "store-unavailable", "internal"),
  },
});

export const getJobDeliveries = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    const { id } = context.req.valid("param");
    const { tenant } = context.var;
    const delivery = await findDelivery(deps, tenant, deliveryIdOf(id));
    // A test has an id of the same kind, and no job.
    if (delivery?.jobId === id) return context.json({ deliveries: [toDeliveryView(delivery)] }, 200);
    await readJob(deps, tenant, id);
    return context.json({ deliveries: [] }, 200);
  });
