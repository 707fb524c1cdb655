import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { readSecretVersions } from "@semblance/shared/webhook/secret-versions";
import { signingSecrets } from "@semblance/shared/webhook/signing-secrets";
import type { Dependencies, Env } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { requireWebhooks } from "./require-webhooks.ts";
import { secretsExample, secretsSchema } from "./secret-responses.ts";

const route = createRoute({
  method: "get",
  path: "/v1/webhooks/secret",
  operationId: "getWebhookSecret",
  tags: ["Webhooks"],
  summary: "Read the secrets that sign your webhooks",
  description:
    "A webhook is signed with each of them, so that any one is enough to verify it, by Standard Webhooks. There are several while one is replaced.",
  responses: {
    200: {
      description: "The secrets, the current one first.",
      content: { "application/json": { schema: secretsSchema, example: secretsExample } },
    },
    ...problemResponses("webhooks-not-configured", "store-unavailable", "internal"),
  },
});

export const getWebhookSecret = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    requireWebhooks(deps);
    const { tenant } = context.var;
    const versions = await readSecretVersions(deps.redis, deps.keys, tenant, Date.now());
    return context.json({ secrets: signingSecrets(deps.webhookMasters, tenant, versions) }, 200);
  });
