import { z } from "@hono/zod-openapi";
import { jobViewSchema } from "@semblance/shared/job/job-view";
import { DELIVERY_ID } from "@semblance/shared/webhook/delivery-id";
import { TEST_EVENT } from "@semblance/shared/webhook/webhook-event";
import { queuedJobExample, resultExample, succeededJobExample } from "../jobs/job-examples.ts";
import { progressDocument, scoringResultSchema } from "../jobs/job-responses.ts";
import { testDeliveryExample } from "../webhooks/delivery-responses.ts";

const EVENTS = {
  "job.succeeded": "A job has succeeded",
  "job.failed": "A job has failed",
  "job.canceled": "A job was canceled",
  "job.expired": "A job could not be started in time",
} as const;

const messageSchema = z
  .object({
    type: z.enum(Object.keys(EVENTS) as [keyof typeof EVENTS]),
    timestamp: z.iso.datetime().openapi({ description: "When the job ended." }),
    data: z.object({
      ...jobViewSchema.shape,
      progress: progressDocument,
      result: scoringResultSchema.optional(),
      result_included: z
        .boolean()
        .openapi({ description: "Whether `result` is here; a large one is left to be fetched." }),
    }),
  })
  .openapi("WebhookMessage", { description: "The end of a job, by the Standard Webhooks specification." });

const testMessageSchema = z
  .object({
    type: z.literal(TEST_EVENT),
    timestamp: z.iso.datetime().openapi({ description: "When it was asked for." }),
    data: z.object({
      id: z.string().openapi({
        pattern: DELIVERY_ID.source,
        description: "What `GET /v1/deliveries/{id}` tells of it by.",
      }),
    }),
  })
  .openapi("WebhookTestMessage", { description: "What tells of nothing but that webhooks arrive." });

const endedAt = succeededJobExample.finished_at!;

const dataExamples: Record<keyof typeof EVENTS, object> = {
  "job.succeeded": { ...succeededJobExample, result: resultExample, result_included: true },
  "job.failed": {
    ...queuedJobExample,
    status: "failed",
    done: true,
    started_at: succeededJobExample.started_at,
    finished_at: endedAt,
    attempts: 1,
    error: { code: "timed_out", message: "the attempt took longer than its timeout" },
    result_included: false,
  },
  "job.canceled": {
    ...queuedJobExample,
    status: "canceled",
    done: true,
    finished_at: endedAt,
    error: { code: "canceled", message: "the job was canceled" },
    result_included: false,
  },
  "job.expired": {
    ...queuedJobExample,
    status: "expired",
    done: true,
    finished_at: endedAt,
    error: { code: "expired", message: "the job could not be started in time" },
    result_included: false,
  },
};

const header = (name: string, description: string, example: string) => ({
  name,
  in: "header" as const,
  required: true,
  description,
  schema: { type: "string" as const },
  example,
});

const HEADERS = [
  header("webhook-id", "The message's id, the same at every attempt to deliver it.", testDeliveryExample.id),
  header("webhook-timestamp", "When this attempt was sent, in seconds since the epoch.", "1767605400"),
  header(
    "webhook-signature",
    "`v1,` and the base64 of HMAC-SHA256 over id, timestamp and body, joined by `.`; several, parted by spaces, while a secret is replaced.",
    "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
  ),
];

const document = (type: string, told: { summary: string; description: string }, body: object) => ({
  method: "post" as const,
  path: type,
  operationId: `on${type.replace(/(?:^|\.)([a-z])/g, (_, letter: string) => letter.toUpperCase())}`,
  tags: ["Webhooks"],
  ...told,
  parameters: HEADERS,
  request: { body: { required: true, content: { "application/json": body } } },
});

const toEndDocument = ([type, summary]: [string, string]) => ({
  ...document(
    type,
    {
      summary,
      description: "Sent to who asked for it by `webhook` in the submission.",
    },
    {
      schema: messageSchema,
      example: { type, timestamp: endedAt, data: dataExamples[type as keyof typeof EVENTS] },
    },
  ),
  responses: {
    "2XX": { description: "The client has it. Any other answer but 410 has it sent again." },
    "410": { description: "The client wants no more of it: it is given up." },
  },
});

const testDocument = () => ({
  ...document(
    TEST_EVENT,
    {
      summary: "A test was asked for",
      description: "Sent once, to the URL that `POST /v1/webhooks/test` named.",
    },
    {
      schema: testMessageSchema,
      example: { type: TEST_EVENT, timestamp: endedAt, data: { id: testDeliveryExample.id } },
    },
  ),
  responses: {
    "2XX": { description: "The client has it. Any other answer is noted, and it is not sent again." },
  },
});

/** The messages that a client is sent: when its job has ended, and when it wants to see one. */
export const webhookDocuments = () => [...Object.entries(EVENTS).map(toEndDocument), testDocument()];
