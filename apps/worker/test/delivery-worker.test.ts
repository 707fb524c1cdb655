import { redisKeys } from "@semblance/shared/redis/keys";
import { Job } from "bullmq";
import { expect, onTestFinished, test, vi } from "vitest";
import { submit } from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { startWebhookSystem } from "../../../test/support/webhook-system.ts";

const small = { query: "a", candidates: ["b"] };

test("a delivery that cannot be put off, Redis being out of memory for one, is sent again all the same", async () => {
  const statuses = [500, 204];
  const { receiver, url, startWorker } = await startWebhookSystem({
    env: { WEBHOOK_SCHEDULE: "0s,50ms", LOCK_MS: "1000", STALLED_CHECK_MS: "100" },
    answer: (_, response) => response.writeHead(statuses.shift()!).end(),
  });
  const moving = vi
    .spyOn(Job.prototype, "moveToDelayed")
    .mockRejectedValueOnce(new Error("OOM"))
    .mockRejectedValueOnce(new Error("OOM"));
  onTestFinished(() => moving.mockRestore());
  await startWorker();
  await submit(url, { ...small, webhook: { url: receiver.url } });
  await eventually("the second attempt", () => (receiver.received.length === 2 ? true : undefined));
  const [first, second] = receiver.received;
  expect(second!.id).toBe(first!.id);
  expect(second!.body).toEqual(first!.body);
});

test("a receiver that answers again is no longer left alone, whatever it answers", async () => {
  const FAILURES = 5;
  const failures = Array.from({ length: FAILURES }, () => 500);
  const { receiver, url, env, startWorker } = await startWebhookSystem({
    env: { WEBHOOK_SCHEDULE: "0s,1h" },
    answer: (_, response) => response.writeHead(failures.pop() ?? 404).end(),
  });
  await startWorker();
  const redis = connectToRedis();
  onTestFinished(() => redis.disconnect());
  const key = redisKeys(env.KEY_PREFIX).receiver("default", receiver.host);
  const webhook = { url: receiver.url };
  await Promise.all(Array.from({ length: FAILURES }, () => submit(url, { ...small, webhook })));
  await eventually("it is left alone", async () =>
    (await redis.hexists(key, "parked")) === 1 ? true : undefined,
  );
  // What somebody asks for is sent nevertheless.
  await fetch(`${url}/v1/webhooks/test`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(webhook),
  });
  await eventually("it answers", () =>
    receiver.received.find(({ message }) => message.type === "webhook.test"),
  );
  await eventually("it is back", async () =>
    (await redis.hexists(key, "parked")) + (await redis.hexists(key, "failures")) === 0 ? true : undefined,
  );
});
