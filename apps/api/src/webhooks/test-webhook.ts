import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { SCHEMA_VERSION } from "@semblance/shared/job/schema-version";
import { webhookUrlSchema } from "@semblance/shared/job/submission";
import { writeTraceParent } from "@semblance/shared/telemetry/traceparent";
import { createDeliveryId } from "@semblance/shared/webhook/delivery-id";
import { type DeliveryView, toDeliveryView } from "@semblance/shared/webhook/delivery-view";
import { keepDelivery } from "@semblance/shared/webhook/keep-delivery";
import { TEST_EVENT } from "@semblance/shared/webhook/webhook-event";
import { storeFull, tenantBytesFull } from "../admission/lack-of-room.ts";
import type { Dependencies, Env, Requester } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { readSmallJson } from "../submission/read-small-json.ts";
import { acceptedDelivery, testDeliveryExample } from "./delivery-responses.ts";
import { requireWebhooks } from "./require-webhooks.ts";

const route = createRoute({
  method: "post",
  path: "/v1/webhooks/test",
  operationId: "testWebhook",
  tags: ["Webhooks"],
  summary: "Send a test message to a URL",
  description: `Signed and sent as every webhook is, as a \`${TEST_EVENT}\` that tells of nothing, and attempted once. Read its delivery for what came of it.`,
  responses: {
    202: acceptedDelivery("The delivery, which is to be attempted at once.", testDeliveryExample),
    ...problemResponses(
      "invalid-json",
      "body-too-large",
      "unsupported-media-type",
      "invalid-request",
      "webhooks-not-configured",
      "quota-exceeded",
      "store-full",
      "store-unavailable",
      "internal",
    ),
  },
});

/** Keeps a message that tells of nothing, and has it sent. */
const sendTest = async (
  { redis, keys, deliveries, storeBytesMax, tenantLimits, deliveryTtlMs }: Dependencies,
  { tenant, span }: Requester,
  url: string,
): Promise<DeliveryView> => {
  const id = createDeliveryId();
  const nowMs = Date.now();
  const timestamp = new Date(nowMs).toISOString();
  const body = Buffer.from(JSON.stringify({ type: TEST_EVENT, timestamp, data: { id } }));
  const { bytesMax } = tenantLimits();
  const kept = await keepDelivery(
    redis,
    keys,
    {
      id,
      tenant,
      jobId: null,
      url,
      type: TEST_EVENT,
      happenedAtMs: nowMs,
      body,
      metadataBytes: 0,
      attemptsMax: 1,
    },
    {
      nowMs,
      firstAttemptAtMs: nowMs,
      ttlMs: deliveryTtlMs,
      limits: { storeBytesMax, tenantBytesMax: bytesMax },
    },
  );
  if (kept.outcome === "store_full") throw storeFull(kept.bytes, storeBytesMax);
  if (kept.outcome === "tenant_bytes_full") throw tenantBytesFull(kept.bytes, bytesMax);
  const traceparent = span ? { traceparent: writeTraceParent(span) } : {};
  await deliveries.add([{ v: SCHEMA_VERSION, deliveryId: id, tenant, url, restart: 0, ...traceparent }]);
  return toDeliveryView({
    id,
    jobId: null,
    event: TEST_EVENT,
    url,
    status: "pending",
    happenedAtMs: nowMs,
    nextAttemptAtMs: nowMs,
    attempts: [],
  });
};

export const testWebhook = (app: OpenAPIHono<Env>, deps: Dependencies) => {
  const targetSchema = z
    .strictObject({ url: webhookUrlSchema(deps.limits) })
    .openapi("WebhookTarget", { description: "Where a test message goes." });
  app.openAPIRegistry.registerPath({
    ...route,
    request: {
      body: {
        required: true,
        content: {
          "application/json": { schema: targetSchema, example: { url: testDeliveryExample.url } },
        },
      },
    },
  });

  app.on("POST", route.getRoutingPath(), async (context) => {
    const { url } = await readSmallJson(context, targetSchema);
    requireWebhooks(deps);
    const delivery = await sendTest(deps, context.var, url);
    Object.assign(context.var.logFields, { deliveryId: delivery.id });
    context.header("Location", `${deps.publicUrl}/v1/deliveries/${delivery.id}`);
    return context.json(delivery, 202);
  });
};
