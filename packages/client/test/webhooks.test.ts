import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../../test/support/eventually.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { type InProcessWorker, startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../../../test/support/webhook-receiver.ts";
import { webhookEnv } from "../../../test/support/webhook-system.ts";
import { Semblance } from "../src/semblance.ts";

let receiver: WebhookReceiver;
let api: InProcessApi;
let worker: InProcessWorker;
let semblance: Semblance;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  const env = webhookEnv(receiver.host);
  api = await startInProcessApi(env);
  worker = await startInProcessWorker(env);
  semblance = new Semblance({ url: api.url });
});

afterAll(async () => {
  await worker.close();
  await api.close();
  await receiver.close();
});

test("what became of a job's webhook is read, and it is sent again", async () => {
  const submission = { query: "a", candidates: ["b"], webhook: { url: receiver.url } };
  const { id } = await semblance.submit(submission);
  const sent = (count: number) =>
    eventually(`${count} attempts`, async () => {
      const [delivery] = await semblance.deliveries(id);
      return delivery?.attempts.length === count ? delivery : undefined;
    });
  const delivery = await sent(1);
  expect(delivery).toMatchObject({ job_id: id, event: "job.succeeded", status: "succeeded" });
  expect(await semblance.redeliver(delivery.id)).toMatchObject({ id: delivery.id, job_id: id });
  await sent(2);
});

test("a test message is sent, and what came of it is read", async () => {
  const { id, event } = await semblance.testWebhook(receiver.url);
  expect(event).toBe("webhook.test");
  await eventually("its arrival", () =>
    receiver.received.some(({ message }) => message.data.id === id) ? true : undefined,
  );
  await eventually("what came of it", async () =>
    (await semblance.delivery(id)).status === "succeeded" ? true : undefined,
  );
});
