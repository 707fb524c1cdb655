import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { redisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { submit } from "../support/client.ts";
import { connectToRedis } from "../support/connect-to-redis.ts";
import { eventually } from "../support/eventually.ts";
import { queueDeliveries } from "../support/queue-deliveries.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";
import { MASTER_SECRET } from "../support/webhook-secret.ts";

const DEAD = Number(process.env["WEBHOOK_DEAD"] ?? 2_000);
/** It is parked after five failures, when nine more may be under way; and one that tries it may come for each 10 s. */
const CONNECTIONS_MAX = 20;
const job = { query: "a", candidates: ["b"] };

const fleet = createAppFleet();
let redis: Redis;

beforeEach(() => {
  redis = connectToRedis();
});
afterEach(() => redis.disconnect());

const webhooksTo = (...hosts: string[]) => ({
  WEBHOOK_MASTER_SECRET: MASTER_SECRET,
  WEBHOOK_ALLOW_HOSTS: hosts.join(),
});

/** Ends each connection as soon as it is there. */
const startDeadReceiver = async () => {
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => undefined);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, url: `http://${host}/hook`, connections: () => connections };
};

test("a receiver that is dead is left alone, and thousands of its webhooks keep back none of another's", {
  timeout: 120_000,
}, async () => {
  const dead = await startDeadReceiver();
  const healthy = await startWebhookReceiver();
  onTestFinished(() => healthy.close());
  const webhooks = webhooksTo(dead.host, healthy.host);
  const keyPrefix = fleet.env["KEY_PREFIX"]!;
  const keys = redisKeys(keyPrefix);
  const api = await fleet.startApi(webhooks);
  await queueDeliveries(redis, keyPrefix, { url: dead.url, count: DEAD });
  await fleet.startWorker(webhooks);
  await eventually("it is parked", () =>
    redis.hget(keys.receiver("default", dead.host), "parked").then((at) => at ?? undefined),
  );

  await submit(api.url, { ...job, webhook: { url: healthy.url } });
  await eventually("the healthy one's webhook", () => healthy.received[0]);
  const left = await eventually(
    "the dead one's are put off",
    async () => {
      const put = await redis.zcard(keys.deliveryJob("delayed"));
      return put >= DEAD - 1 ? put : undefined;
    },
    60_000,
  );
  expect(left).toBeGreaterThanOrEqual(DEAD - 1);
  expect(dead.connections()).toBeGreaterThan(0);
  expect(dead.connections()).toBeLessThanOrEqual(CONNECTIONS_MAX);
});

test("a receiver gets so many webhooks at once of all workers together, and while it takes its time another gets its own", {
  timeout: 120_000,
}, async () => {
  const HOST_CONCURRENCY = 3;
  const COUNT = 200;
  const held: ServerResponse[] = [];
  let isHolding = true;
  let open = 0;
  let openMost = 0;
  const slow = await startWebhookReceiver((_, response) => {
    open += 1;
    openMost = Math.max(openMost, open);
    response.once("close", () => {
      open -= 1;
    });
    if (isHolding) held.push(response);
    else setImmediate(() => response.writeHead(204).end());
  });
  onTestFinished(() => slow.close());
  const fast = await startWebhookReceiver();
  onTestFinished(() => fast.close());
  const webhooks = {
    ...webhooksTo(slow.host, fast.host),
    WEBHOOK_HOST_CONCURRENCY: String(HOST_CONCURRENCY),
    WEBHOOK_CONCURRENCY: "10",
  };
  const api = await fleet.startApi(webhooks);
  await queueDeliveries(redis, fleet.env["KEY_PREFIX"]!, { url: slow.url, count: COUNT });
  await Promise.all([fleet.startWorker(webhooks), fleet.startWorker(webhooks)]);
  await eventually("all its places are taken", () => (held.length === HOST_CONCURRENCY ? true : undefined));

  await submit(api.url, { ...job, webhook: { url: fast.url } });
  await eventually("the fast one's webhook", () => fast.received[0]);
  expect(open).toBe(HOST_CONCURRENCY);

  isHolding = false;
  for (const response of held) response.writeHead(204).end();
  await eventually(
    "all of the slow one's webhooks",
    () => (new Set(slow.received.map(({ id }) => id)).size === COUNT ? true : undefined),
    60_000,
  );
  expect(slow.received).toHaveLength(COUNT);
  expect(openMost).toBe(HOST_CONCURRENCY);
});

test("a tenant whose receivers answer nothing leaves places to another, however many it has to tell at once", {
  timeout: 120_000,
}, async () => {
  const CONCURRENCY = 5;
  const SHARE = 4;
  const silent = await startWebhookReceiver(() => undefined);
  onTestFinished(() => silent.close());
  const fast = await startWebhookReceiver();
  onTestFinished(() => fast.close());
  const webhooks = {
    ...webhooksTo(silent.host, fast.host),
    WEBHOOK_CONCURRENCY: String(CONCURRENCY),
    WEBHOOK_HOST_CONCURRENCY: "100",
    WEBHOOK_TIMEOUT_MS: "60000",
  };
  const keyPrefix = fleet.env["KEY_PREFIX"]!;
  await queueDeliveries(redis, keyPrefix, { url: silent.url, count: 20 });
  await fleet.startWorker(webhooks);
  await eventually("its share is taken", () => (silent.received.length === SHARE ? true : undefined));
  await queueDeliveries(redis, keyPrefix, { url: fast.url, count: 3, tenant: "other" });
  await eventually("the other's webhooks", () => (fast.received.length === 3 ? true : undefined));
  expect(silent.received).toHaveLength(SHARE);
});
