import { z } from "@hono/zod-openapi";

export const secretsSchema = z
  .object({
    secrets: z
      .array(z.string().regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/))
      .min(1)
      .openapi({ description: "The current one first. Each is `whsec_` and the base64 of 32 bytes." }),
  })
  .openapi("SigningSecrets", { description: "What a tenant's webhooks are signed with, each of them." });

const exampleSecret = (text: string) => `whsec_${Buffer.from(text).toString("base64")}`;

const current = exampleSecret("an example, and nobody's secret.");
const next = exampleSecret("what an example is rotated into.");

export const secretsExample = { secrets: [current] };

export const rotatedSecretsExample = { secrets: [next, current] };
