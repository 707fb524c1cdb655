import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { toDeliveryView } from "@semblance/shared/webhook/delivery-view";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { askAgain } from "./ask-again.ts";
import { acceptedDelivery, deliveryIdParams, pendingDeliveryExample } from "./delivery-responses.ts";
import { readDelivery } from "./read-delivery.ts";
import { requireWebhooks } from "./require-webhooks.ts";

const route = createRoute({
  method: "post",
  path: "/v1/deliveries/{id}/redeliver",
  operationId: "redeliver",
  tags: ["Webhooks"],
  summary: "Send a webhook again",
  description:
    "Whatever has become of it: what was delivered is delivered once more, and what waits for its next attempt waits no longer. It is the same message under the same `webhook-id`, and its schedule begins anew.",
  request: { params: deliveryIdParams },
  responses: {
    202: acceptedDelivery("The delivery, which is to be attempted at once.", pendingDeliveryExample),
    ...problemResponses("not-found", "webhooks-not-configured", "store-unavailable", "internal"),
  },
});

export const redeliver = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    requireWebhooks(deps);
    const { id } = context.req.valid("param");
    const { tenant, logFields } = context.var;
    await askAgain(deps, context.var, [await readDelivery(deps, tenant, id)]);
    Object.assign(logFields, { deliveryId: id });
    const delivery = await readDelivery(deps, tenant, id);
    context.header("Location", `${deps.publicUrl}/v1/deliveries/${id}`);
    return context.json(toDeliveryView(delivery), 202);
  });
