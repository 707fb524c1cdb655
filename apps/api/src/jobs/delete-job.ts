import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { isDone, type JobRecord } from "@semblance/shared/job/job-record";
import { defineScript } from "@semblance/shared/redis/define-script";
import { LEDGER_LUA, ledgerKeys } from "@semblance/shared/store/ledger";
import { deliveryIdOf } from "@semblance/shared/webhook/delivery-id";
import type { Dependencies, Env } from "../dependencies.ts";
import { Problem } from "../problems/problem.ts";
import { problemResponses } from "../problems/problem-schema.ts";
import { jobIdParams } from "./job-responses.ts";
import { readJob } from "./read-job.ts";

const route = createRoute({
  method: "delete",
  path: "/v1/jobs/{id}",
  operationId: "deleteJob",
  tags: ["Jobs"],
  summary: "Delete a job that has ended, and all that is kept of it",
  description:
    "Its result and its webhook's delivery go with it; one that is still to be delivered is not. A job that has not ended is canceled first, by its own call.",
  request: { params: jobIdParams },
  responses: {
    204: { description: "There is no such job any more." },
    ...problemResponses("not-found", "not-done", "store-unavailable", "internal"),
  },
});

const forget = defineScript<void>(
  /* lua */ `${LEDGER_LUA}
local job, end_mark, payload, result, metadata, start_deadlines = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local delivery, attempts, delivery_job, undelivered = KEYS[12], KEYS[13], KEYS[14], KEYS[15]
local id, delivery_id, delivery_ttl_ms = ARGV[1], ARGV[2], ARGV[3]
redis.call('DEL', payload, result, metadata, delivery, attempts)
redis.call('ZREM', undelivered, delivery_id)
ledger_drop(delivery_id)
-- It is just being sent, or about to be: only a mark keeps it from being told of.
if redis.call('EXISTS', delivery_job) == 1 then
  redis.call('HSET', delivery, 'deleted', '1')
  redis.call('PEXPIRE', delivery, delivery_ttl_ms)
end
-- It was ended from outside and its worker is still to let it go: only the mark keeps it from being shown again.
if redis.call('EXISTS', job) == 1 then
  redis.call('HSET', end_mark, 'deleted', '1')
  return
end
redis.call('DEL', end_mark)
redis.call('ZREM', start_deadlines, id)
ledger_drop(id)
`,
  () => undefined,
);

const forgetJob = (
  { redis, keys, deliveryTtlMs }: Pick<Dependencies, "redis" | "keys" | "deliveryTtlMs">,
  { id, tenant }: JobRecord,
): Promise<void> =>
  forget(
    redis,
    [
      ...ledgerKeys(keys),
      keys.queueJob(id),
      keys.endMark(id),
      keys.payload(id),
      keys.result(id),
      keys.metadata(id),
      keys.startDeadlines,
      keys.delivery(deliveryIdOf(id)),
      keys.deliveryAttempts(deliveryIdOf(id)),
      keys.deliveryJob(deliveryIdOf(id)),
      keys.undelivered(tenant),
    ],
    [id, deliveryIdOf(id), deliveryTtlMs],
  );

const removeDelivery = async ({ redis, keys, deliveries }: Dependencies, id: string): Promise<void> => {
  const restart = await redis.hget(keys.delivery(id), "restart");
  await deliveries.remove(id, Number(restart ?? 0));
};

export const deleteJob = (app: OpenAPIHono<Env>, deps: Dependencies) =>
  app.openapi(route, async (context) => {
    const { id } = context.req.valid("param");
    const { record } = await readJob(deps, context.var.tenant, id);
    if (!isDone(record.status)) {
      throw new Problem("not-done", { detail: `The job is ${record.status}.` });
    }
    // First, for the job's removal may release it.
    await removeDelivery(deps, deliveryIdOf(id));
    await deps.queue.remove(id);
    await forgetJob(deps, record);
    Object.assign(context.var.logFields, { jobId: id });
    return context.body(null, 204);
  });
