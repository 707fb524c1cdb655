import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { OLDER_VERSIONS_MAX, rotateSecret } from "@semblance/shared/webhook/secret-versions";
import { signingSecrets } from "@semblance/shared/webhook/signing-secrets";
import type { Dependencies, Env } from "../dependencies.ts";
import { Problem } from "../problems/problem.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { requireWebhooks } from "./require-webhooks.ts";
import { rotatedSecretsExample, secretsSchema } from "./secret-responses.ts";

const route = createRoute({
  method: "post",
  path: "/v1/webhooks/secret/rotate",
  operationId: "rotateWebhookSecret",
  tags: ["Webhooks"],
  summary: "Replace the secret that signs your webhooks",
  description: `The new secret signs at once, and the one before goes on beside it for a day: time to tell your receivers of the new one. Each call makes one more, and refused is a call while ${OLDER_VERSIONS_MAX} older ones sign.`,
  responses: {
    200: {
      description: "The secrets that sign now, the new one first.",
      content: { "application/json": { schema: secretsSchema, example: rotatedSecretsExample } },
    },
    ...problemResponses("webhooks-not-configured", "too-many-requests", "store-unavailable", "internal"),
  },
});

const tooManySecrets = (retryAfterMs: number) => {
  const retryAfterS = Math.ceil(retryAfterMs / 1_000);
  return new Problem("too-many-requests", {
    detail: `${OLDER_VERSIONS_MAX} older secrets sign beside the current one, and no more may; the first of them goes in ${retryAfterS} s.`,
    retryAfterS,
    members: { limit: OLDER_VERSIONS_MAX },
  });
};

export const rotateWebhookSecret = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    requireWebhooks(deps);
    const { tenant } = context.var;
    const rotation = await rotateSecret(deps.redis, deps.keys, tenant, Date.now());
    if ("retryAfterMs" in rotation) throw tooManySecrets(rotation.retryAfterMs);
    const { versions } = rotation;
    Object.assign(context.var.logFields, { secretVersion: versions[0] });
    return context.json({ secrets: signingSecrets(deps.webhookMasters, tenant, versions) }, 200);
  });
