import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { toDeliveryView } from "@semblance/shared/webhook/delivery-view";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { deliveryIdParams, deliverySchema, pendingDeliveryExample } from "./delivery-responses.ts";
import { readDelivery } from "./read-delivery.ts";

const route = createRoute({
  method: "get",
  path: "/v1/deliveries/{id}",
  operationId: "getDelivery",
  tags: ["Webhooks"],
  summary: "Read a webhook's delivery, and its attempts",
  description: "It is kept for a while after its last attempt, also when its job no longer is.",
  request: { params: deliveryIdParams },
  responses: {
    200: {
      description: "The delivery.",
      content: { "application/json": { schema: deliverySchema, example: pendingDeliveryExample } },
    },
    ...problemResponses("not-found", "store-unavailable", "internal"),
  },
});

export const getDelivery = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    const { id } = context.req.valid("param");
    return context.json(toDeliveryView(await readDelivery(deps, context.var.tenant, id)), 200);
  });
