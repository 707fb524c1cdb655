import { Job } from "bullmq";
import { expect, onTestFinished, test, vi } from "vitest";
import { submit } from "../../../test/support/client.ts";
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
