import { z } from "@hono/zod-openapi";
import { type ProblemSlug, problemCatalogue } from "./problem-catalogue.ts";

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional().openapi({ description: "To the place in the body (RFC 6901)." }),
          parameter: z.string().optional().openapi({ description: "The name of a parameter of the URL." }),
          detail: z.string(),
          offset: z.int().optional(),
        }),
      )
      .optional(),
    request_id: z.string(),
    available: z
      .array(z.string())
      .optional()
      .openapi({ description: "The media types that the route answers with." }),
  })
  .openapi("Problem", { description: "RFC 9457. Some problems have further members, such as `limit`." });

const RETRY_AFTER = { "Retry-After": { schema: { type: "integer" as const }, description: "Seconds." } };

/** The OpenAPI responses of these problems, by status, and of the one that every route shares. */
export const problemResponses = (...slugs: ProblemSlug[]) => {
  const byStatus = Map.groupBy(
    [...slugs, "not-acceptable" as const],
    (slug) => problemCatalogue[slug].status,
  );
  return Object.fromEntries(
    [...byStatus].map(([status, sharing]) => [
      status,
      {
        description: sharing.map((slug) => `\`${slug}\`: ${problemCatalogue[slug].title}`).join("; "),
        ...(status >= 503 ? { headers: RETRY_AFTER } : {}),
        content: { "application/problem+json": { schema: problemSchema } },
      },
    ]),
  );
};
