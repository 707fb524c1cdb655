import type { AttemptView } from "@semblance/shared/job/attempt-view";
import { expect, onTestFinished, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { json, submit, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { misdeed } from "../support/misdeeds.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";
import { MASTER_SECRET } from "../support/webhook-secret.ts";

const PROCESSES = 3;
const fleet = createAppFleet();

test("a job that took three worker processes down is failed as crashed, its webhook says so, and the fourth lives", async () => {
  const receiver = await startWebhookReceiver();
  onTestFinished(() => receiver.close());
  const webhooks = { WEBHOOK_MASTER_SECRET: MASTER_SECRET, WEBHOOK_ALLOW_HOSTS: receiver.host };
  const api = await fleet.startApi(webhooks);
  const env = { ...webhooks, WORKER_CONCURRENCY: "1", LOCK_MS: "1000", STALLED_CHECK_MS: "200" };
  const { id } = await submit(api.url, misdeed("kills its process", { webhook: { url: receiver.url } }));
  for (let process = 0; process < PROCESSES; process += 1) {
    const worker = await fleet.startMisbehavingWorker(env);
    expect(await worker.exited).toBe("SIGKILL");
  }
  await fleet.startMisbehavingWorker(env);
  expect(await waitForEnd(api.url, id)).toMatchObject({ status: "failed", error: { code: "crashed" } });
  const gone = { attempt: null, error: { code: "crashed" } };
  const { attempts } = await json<{ attempts: AttemptView[] }>(fetch(`${api.url}/v1/jobs/${id}/attempts`));
  expect(attempts).toMatchObject([gone, gone, gone, { attempt: 1, error: { code: "crashed" } }]);
  const { message } = await eventually("its webhook", () => receiver.received[0]);
  expect(message).toMatchObject({ type: "job.failed", data: { id, error: { code: "crashed" } } });
  const next = await submit(api.url, misdeed("none"));
  expect(await waitForEnd(api.url, next.id)).toMatchObject({ status: "succeeded", attempts: 1 });
});
