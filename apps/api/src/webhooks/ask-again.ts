import { SCHEMA_VERSION } from "@semblance/shared/job/schema-version";
import { defineScript } from "@semblance/shared/redis/define-script";
import { writeTraceParent } from "@semblance/shared/telemetry/traceparent";
import type { Dependencies, Requester } from "../dependencies.ts";
import type { StoredDelivery } from "./read-delivery.ts";

/** A delivery that is to be sent again. */
export type AskedFor = Pick<StoredDelivery, "id" | "url" | "restart">;

/**
 * KEYS: the undelivered. ARGV: what the keys of deliveries begin with, then two for each: its id, how often it was asked to be sent again by now.
 */
const takeOff = defineScript<void>(
  /* lua */ `
local undelivered, prefix = KEYS[1], ARGV[1]
for i = 2, #ARGV, 2 do
  local kept = redis.call('HMGET', prefix .. ARGV[i], 'restart', 'made')
  -- It may have failed once more by now.
  if not kept[1] or tonumber(kept[1]) < tonumber(ARGV[i + 1]) or kept[2] == '0' then
    redis.call('ZREM', undelivered, ARGV[i])
  end
end
`,
  () => undefined,
);

/**
 * Has kept deliveries of a tenant sent again by the workers, each with its schedule from the start. Until their next attempt has failed they
 * are none of those that failed.
 */
export const askAgain = async (
  { redis, keys, deliveries }: Pick<Dependencies, "redis" | "keys" | "deliveries">,
  { tenant, span }: Requester,
  askedFor: readonly AskedFor[],
): Promise<void> => {
  if (askedFor.length === 0) return;
  const jobs = askedFor.map(({ id, url, restart }) => ({
    v: SCHEMA_VERSION,
    deliveryId: id,
    tenant,
    url,
    restart: restart + 1,
    ...(span ? { traceparent: writeTraceParent(span) } : {}),
  }));
  await deliveries.add(jobs);
  // What they take the place of would only find out that it has none, and stay until then.
  await Promise.all(askedFor.map(({ id, restart }) => deliveries.remove(id, restart)));
  await takeOff(
    redis,
    [keys.undelivered(tenant)],
    [keys.delivery(""), ...jobs.flatMap(({ deliveryId, restart }) => [deliveryId, restart])],
  );
};
