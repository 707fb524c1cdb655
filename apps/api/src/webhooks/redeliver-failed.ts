import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Dependencies, Env, Requester } from "../dependencies.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { readSmallJson } from "../submission/read-small-json.ts";
import { type AskedFor, askAgain } from "./ask-again.ts";
import { requireWebhooks } from "./require-webhooks.ts";

/** So many are asked for in one call, and in one step. */
const ASKED_MAX = 1_000;
const PAGE = 100;

const time = (description: string) =>
  z.iso
    .datetime({ offset: true, error: "is no time such as 2026-01-05T09:00:00Z" })
    .openapi({ format: "date-time", description });

const rangeSchema = z
  .strictObject({
    since: time("What happened before is not told again."),
    until: time("Nor what happened after; now unless given.").optional(),
  })
  .refine(({ since, until }) => !until || !(Date.parse(since) > Date.parse(until)), {
    path: ["until"],
    message: "is before since",
  })
  .openapi("TimeRange", { description: "When what webhooks tell of happened, both ends included." });

const answerSchema = z
  .object({
    redelivered: z.int().min(0).max(ASKED_MAX).openapi({ description: "How many are sent again." }),
    more: z
      .boolean()
      .openapi({ description: "Whether there may be others in that range: then ask once more." }),
  })
  .openapi("Redelivery", { description: "What is sent again." });

const route = createRoute({
  method: "post",
  path: "/v1/deliveries/redeliver",
  operationId: "redeliverFailed",
  tags: ["Webhooks"],
  summary: "Send again all that failed in a range of time",
  description: `Webhooks whose latest attempt failed, whether they were given up or wait for their next one, in the order of what they tell of; up to ${ASKED_MAX} in one call. What was delivered is not.`,
  responses: {
    202: {
      description: "They are to be attempted at once.",
      content: {
        "application/json": { schema: answerSchema, example: { redelivered: 17, more: false } },
      },
    },
    ...problemResponses(
      "invalid-json",
      "body-too-large",
      "unsupported-media-type",
      "invalid-request",
      "webhooks-not-configured",
      "store-unavailable",
      "internal",
    ),
  },
});

const documented = {
  ...route,
  request: {
    body: {
      required: true,
      content: {
        "application/json": {
          schema: rangeSchema,
          example: { since: "2026-01-05T09:00:00Z", until: "2026-01-05T10:00:00Z" },
        },
      },
    },
  },
};

/** Those of them that are still kept and were not delivered meanwhile. */
const readFailed = async (
  { redis, keys }: Pick<Dependencies, "redis" | "keys">,
  ids: readonly string[],
): Promise<AskedFor[]> => {
  const pipeline = redis.pipeline();
  for (const id of ids) pipeline.hmget(keys.delivery(id), "url", "restart", "status");
  const replies = (await pipeline.exec())!;
  return replies.flatMap(([error, reply], index) => {
    if (error) throw error;
    const [url, restart, status] = reply as (string | null)[];
    return url && status !== "succeeded" ? [{ id: ids[index]!, url, restart: Number(restart) }] : [];
  });
};

/** Has some of a tenant's deliveries sent again, and forgets of the others that they failed. */
const askForFailed = async (
  deps: Dependencies,
  asker: Requester,
  ids: readonly string[],
): Promise<number> => {
  const failed = await readFailed(deps, ids);
  await askAgain(deps, asker, failed);
  const others = ids.filter((id) => !failed.some((one) => one.id === id));
  if (others.length > 0) await deps.redis.zrem(deps.keys.undelivered(asker.tenant), ...others);
  return failed.length;
};

export const redeliverFailed = (app: OpenAPIHono<Env>, deps: Dependencies) => {
  app.openAPIRegistry.registerPath(documented);

  app.on("POST", route.getRoutingPath(), async (context) => {
    const { tenant, logFields } = context.var;
    requireWebhooks(deps);
    const { since, until } = await readSmallJson(context, rangeSchema);
    const untilMs = until === undefined ? Date.now() : Date.parse(until);
    const undelivered = deps.keys.undelivered(tenant);
    // One more tells whether there are others. They are looked for once: what fails again meanwhile is not asked for twice.
    const range = [Date.parse(since), untilMs, "LIMIT", 0, ASKED_MAX + 1] as const;
    const found = await deps.redis.zrangebyscore(undelivered, ...range);
    let redelivered = 0;
    for (let from = 0; from < Math.min(found.length, ASKED_MAX); from += PAGE) {
      redelivered += await askForFailed(
        deps,
        context.var,
        found.slice(from, Math.min(from + PAGE, ASKED_MAX)),
      );
    }
    Object.assign(logFields, { redelivered });
    return context.json({ redelivered, more: found.length > ASKED_MAX }, 202);
  });
};
