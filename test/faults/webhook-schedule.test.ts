import { SCHEMA_VERSION } from "@semblance/shared/job/schema-version";
import { DeliveryQueue } from "@semblance/shared/queue/delivery-queue";
import { redisKeys } from "@semblance/shared/redis/keys";
import type { DeliveryAttempt } from "@semblance/shared/webhook/delivery";
import { createDeliveryId, deliveryIdOf } from "@semblance/shared/webhook/delivery-id";
import { expect, onTestFinished, test, vi } from "vitest";
import { submit } from "../support/client.ts";
import { connectToRedis } from "../support/connect-to-redis.ts";
import { eventually } from "../support/eventually.ts";
import { startWebhookSystem } from "../support/webhook-system.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** The schedule unless another is configured. */
const SCHEDULE_MS = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

test("a webhook that is never taken is sent as the schedule says, each time no sooner and a fifth later at the most, and then given up", async () => {
  // Time stands still but for what moves it here.
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const { receiver, env, url, startWorker } = await startWebhookSystem({
    answer: (_, response) => response.writeHead(500).end(),
  });
  await startWorker();
  const keys = redisKeys(env.KEY_PREFIX);
  const redis = connectToRedis();
  const queue = new DeliveryQueue({ redis, keyPrefix: env.KEY_PREFIX, onError: () => undefined });
  onTestFinished(async () => {
    await queue.close();
    redis.disconnect();
  });

  const { id: jobId } = await submit(url, {
    query: "a",
    candidates: ["b"],
    webhook: { url: receiver.url },
  });
  const id = deliveryIdOf(jobId);
  const readAttempts = async (): Promise<DeliveryAttempt[]> =>
    (await redis.lrange(keys.deliveryAttempts(id), 0, -1)).map((attempt) => JSON.parse(attempt));
  /** Moves the clock, and has the worker look at it: it takes what is due before what it takes next. */
  const moveClockTo = async (timeMs: number) => {
    vi.setSystemTime(timeMs);
    const unknown = {
      v: SCHEMA_VERSION,
      deliveryId: createDeliveryId(),
      tenant: "default",
      url: receiver.url,
      restart: 0,
    };
    await queue.add([unknown]);
    await eventually("the worker has looked", async () =>
      (await redis.exists(keys.deliveryJob(`${unknown.deliveryId}-0`))) === 0 ? true : undefined,
    );
  };

  for (const [made, delayMs] of SCHEDULE_MS.slice(1).entries()) {
    await eventually("the next attempt is planned", () =>
      redis.zscore(keys.deliveryJob("delayed"), id).then((at) => at ?? undefined),
    );
    const attempts = await readAttempts();
    expect(attempts).toHaveLength(made + 1);
    expect(attempts.at(-1)).toMatchObject({ startedAtMs: Date.now(), status: 500 });
    expect(await redis.hget(keys.delivery(id), "status")).toBe("pending");
    const nextAtMs = Number(await redis.hget(keys.delivery(id), "next"));
    expect(nextAtMs - Date.now()).toBeGreaterThanOrEqual(delayMs);
    expect(nextAtMs - Date.now()).toBeLessThanOrEqual(1.2 * delayMs);

    await moveClockTo(nextAtMs - 1);
    expect(receiver.received).toHaveLength(made + 1);
    await moveClockTo(nextAtMs);
    await eventually("the next attempt", async () =>
      (await readAttempts()).length > made + 1 ? true : undefined,
    );
  }

  await eventually("the end", async () =>
    (await redis.zscore(keys.deliveryJob("failed"), id)) ? true : undefined,
  );
  expect(await redis.hget(keys.delivery(id), "status")).toBe("failed");
  expect(await redis.zcard(keys.deliveryJob("delayed"))).toBe(0);
  expect(receiver.received).toHaveLength(SCHEDULE_MS.length);
  expect(new Set(receiver.received.map((webhook) => webhook.id))).toEqual(new Set([id]));
});
