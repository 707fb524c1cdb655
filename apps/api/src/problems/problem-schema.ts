import { z } from "@hono/zod-openapi";
import { type ProblemSlug, problemCatalogue } from "./problem-catalogue.ts";

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string(), offset: z.int().optional() }))
      .optional(),
    request_id: z.string(),
  })
  .openapi("Problem", { description: "RFC 9457. Some problems have further members, such as `limit`." });

const RETRY_AFTER = { "Retry-After": { schema: { type: "integer" as const }, description: "Seconds." } };

/** The OpenAPI responses of these problems, by status. */
export const problemResponses = (...slugs: ProblemSlug[]) => {
  const byStatus = Map.groupBy(slugs, (slug) => problemCatalogue[slug].status);
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
