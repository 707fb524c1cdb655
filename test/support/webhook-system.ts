import { onTestFinished } from "vitest";
import { startInProcessApi } from "./in-process-api.ts";
import { startInProcessWorker } from "./in-process-worker.ts";
import { uniqueKeyPrefix } from "./key-prefix.ts";
import { redisUrl } from "./redis-url.ts";
import { startWebhookReceiver } from "./webhook-receiver.ts";
import { MASTER_SECRET } from "./webhook-secret.ts";

/** What API and worker need to send webhooks to receivers on loopback. */
export const webhookEnv = (...hosts: string[]) => ({
  REDIS_URL: redisUrl(),
  KEY_PREFIX: uniqueKeyPrefix(),
  WEBHOOK_MASTER_SECRET: MASTER_SECRET,
  WEBHOOK_ALLOW_HOSTS: hosts.join(","),
});

/** An API, a worker and a receiver of one test, closed after it. */
export const startWebhookSystem = async ({
  env: configured = {},
  processor,
  answer,
}: {
  env?: Record<string, string>;
  processor?: URL;
  answer?: Parameters<typeof startWebhookReceiver>[0];
} = {}) => {
  const receiver = await startWebhookReceiver(answer);
  onTestFinished(() => receiver.close());
  const env = { ...webhookEnv(receiver.host), ...configured };
  const api = await startInProcessApi(env);
  onTestFinished(() => api.close());
  const startWorker = async () => {
    const worker = await startInProcessWorker(env, processor);
    onTestFinished(() => worker.close());
    return worker;
  };
  return { receiver, env, url: api.url, startWorker };
};
