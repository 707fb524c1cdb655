import { z } from "@hono/zod-openapi";
import { type DeliveryView, deliveryViewSchema } from "@semblance/shared/webhook/delivery-view";
import { queuedJobExample, succeededJobExample } from "../jobs/job-examples.ts";
import { headerRef } from "../operations/response-headers.ts";

/** The schemas of answers, under the names they have in the OpenAPI document. */
export const deliverySchema = z.object(deliveryViewSchema.shape).openapi("Delivery", {
  description: "A webhook that is being delivered, or was, with every attempt.",
});

const ID = queuedJobExample.id.replace("job_", "dlv_");
const URL = "https://example.com/semblance";

/** What the document shows of a delivery's life; a test holds each to its schema. */
export const pendingDeliveryExample: DeliveryView = {
  id: ID,
  job_id: queuedJobExample.id,
  event: "job.succeeded",
  url: URL,
  status: "pending",
  created_at: succeededJobExample.finished_at!,
  next_attempt_at: "2026-01-05T09:30:05.412Z",
  attempts: [
    {
      started_at: "2026-01-05T09:30:00.024Z",
      duration_ms: 103,
      status: 500,
      error: null,
      answer: "Internal Server Error",
    },
  ],
};

export const testDeliveryExample: DeliveryView = {
  ...pendingDeliveryExample,
  job_id: null,
  event: "webhook.test",
  next_attempt_at: pendingDeliveryExample.created_at,
  attempts: [],
};

export const deliveryIdParams = z.object({
  id: z.string().openapi({
    param: { name: "id", in: "path", description: "The delivery's id.", example: ID },
  }),
});

/** The answer to whoever asks for an attempt. */
export const acceptedDelivery = (description: string, example: DeliveryView) => ({
  description,
  headers: { Location: headerRef("Location") },
  content: { "application/json": { schema: deliverySchema, example } },
});
