import { SCHEMA_VERSION } from "@semblance/shared/job/schema-version";
import { redisKeys } from "@semblance/shared/redis/keys";
import { deliveryIdOf } from "@semblance/shared/webhook/delivery-id";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { read, readMetric, submit, waitForEnd } from "../../../test/support/client.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { startWebhookSystem } from "../../../test/support/webhook-system.ts";

const small = { query: "a", candidates: ["b"] };

/** A system, and what rewrites the version of data in its Redis. */
const startSystem = async () => {
  const system = await startWebhookSystem();
  const redis = new Redis(redisUrl());
  onTestFinished(() => redis.disconnect());
  const setVersion = async (key: string, v: number) => {
    const data = JSON.parse((await redis.hget(key, "data"))!);
    await redis.hset(key, "data", JSON.stringify({ ...data, v }));
  };
  return { ...system, redis, keys: redisKeys(system.env.KEY_PREFIX), setVersion };
};

const waitUntilPutOff = (healthUrl: string, what: "attempt" | "delivery") =>
  eventually("it is put off", async () => {
    const labels = what === "attempt" ? 'metric="ratio",outcome="too_new"' : 'outcome="too_new"';
    const line = `semblance_${what}_duration_seconds_count{${labels}}`;
    return (await readMetric(healthUrl, line)) > 0 ? true : undefined;
  });

test("a job of a newer version waits for a newer worker, and no attempt of it is burned", async () => {
  const { url, keys, setVersion, startWorker } = await startSystem();
  const { id } = await submit(url, small);
  await setVersion(keys.queueJob(id), SCHEMA_VERSION + 1);
  const { healthUrl } = await startWorker();
  await waitUntilPutOff(healthUrl, "attempt");
  expect(await read(url, id)).toMatchObject({ status: "queued", attempts: 0 });
  expect(await waitForEnd(url, (await submit(url, small)).id)).toMatchObject({ status: "succeeded" });
  await setVersion(keys.queueJob(id), SCHEMA_VERSION);
  expect(await waitForEnd(url, id)).toMatchObject({ status: "succeeded", attempts: 1 });
});

test("one that no newer worker comes for expires", async () => {
  const { url, redis, keys, setVersion, startWorker } = await startSystem();
  const { id } = await submit(url, small);
  await setVersion(keys.queueJob(id), SCHEMA_VERSION + 1);
  const { healthUrl } = await startWorker();
  await waitUntilPutOff(healthUrl, "attempt");
  await redis.zadd(keys.startDeadlines, Date.now(), id);
  expect(await waitForEnd(url, id)).toMatchObject({ status: "expired", attempts: 0 });
});

test("a delivery of a newer version waits for a newer worker, and nothing is sent", async () => {
  const { url, receiver, keys, setVersion, startWorker } = await startSystem();
  const { id } = await submit(url, { ...small, webhook: { url: receiver.url } });
  const delivery = keys.deliveryJob(deliveryIdOf(id));
  await setVersion(delivery, SCHEMA_VERSION + 1);
  const { healthUrl } = await startWorker();
  await waitForEnd(url, id);
  await waitUntilPutOff(healthUrl, "delivery");
  expect(receiver.received).toEqual([]);
  await setVersion(delivery, SCHEMA_VERSION);
  const sent = await eventually("it is sent", () => receiver.received[0]);
  expect(sent.id).toBe(deliveryIdOf(id));
});
