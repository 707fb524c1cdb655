import { expect, test } from "vitest";
import { submit, waitForEnd, waitUntilInThreads } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { MISDEEDS, type Misdeed } from "../support/misdeeds.ts";
import { startWebhookSystem } from "../support/webhook-system.ts";

/** What the misdeed that quotes a text quotes. */
const TEXT = "Sankt-Peterburg-at-night";

/** What a stack names. */
const FILE = /file:\/\/|\.[jt]s:\d/;

const MISBEHAVING = new URL("../support/misbehaving-processor.ts", import.meta.url);

interface Listing {
  queues: { name: string; statuses: string[]; jobs: { id: string }[] }[];
}

const toDeliveryId = (jobId: string) => jobId.replace("job_", "dlv_");

/** A system in which every text that a client or a receiver may send is the same one. */
const startTellingSystem = async (env: Record<string, string> = {}) => {
  const { receiver, url, startWorker } = await startWebhookSystem({
    env: { JOB_ATTEMPTS: "1", ...env },
    processor: MISBEHAVING,
    answer: (_, response) => response.writeHead(500, { "X-Told": TEXT }).end(TEXT),
  });
  const tell = (what: Misdeed) =>
    submit(url, {
      query: TEXT,
      candidates: Array.from({ length: MISDEEDS[what] }, () => ({ id: TEXT, text: TEXT })),
      metadata: { [TEXT]: TEXT },
      webhook: { url: `${receiver.url}/${TEXT}?token=${TEXT}` },
    });
  return { url, startWorker, tell };
};

const look = async (url: string, path: string): Promise<string> => {
  const response = await fetch(`${url}/admin/queues/api/${path}`);
  const text = await response.text();
  expect([path, response.status]).toEqual([path, 200]);
  expect(text).not.toContain(TEXT);
  expect(text).not.toMatch(FILE);
  return text;
};

/** Reads all that there is to read of a job that is in this state. */
const lookAt = async (url: string, queue: string, status: string, id: string): Promise<void> => {
  const { queues } = JSON.parse(
    await look(url, `queues?activeQueue=${queue}&status=${status}&jobsPerPage=100`),
  ) as Listing;
  const listed = queues.find(({ name }) => name === queue)?.jobs.map((job) => job.id);
  expect([queue, status, listed]).toEqual([queue, status, expect.arrayContaining([id])]);
  await look(url, `queues?activeQueue=${queue}&status=latest&jobsPerPage=100`);
  expect(await look(url, `queues/${queue}/${id}`)).toContain(id);
  await look(url, `queues/${queue}/${id}/logs`);
  await look(url, `queues/${queue}/${id}/flow`);
  for (const part of ["metrics", "workers", "rate-limit", "default-job-options", "job-data-schema"]) {
    await look(url, `queues/${queue}/${part}`);
  }
  await look(url, "job-schedulers");
  await look(url, "redis/stats");
};

const waitUntilDelivery = (url: string, id: string, status: string): Promise<true> =>
  eventually(`a delivery that is ${status}`, async () => {
    const response = await fetch(`${url}/admin/queues/api/queues/deliveries/${id}`);
    return ((await response.json()) as { status: string }).status === status ? true : undefined;
  });

test("Bull Board shows no text, no metadata, no receiver's path and no file of ours of a job that waits", async () => {
  const { url, tell } = await startTellingSystem();
  const { id } = await tell("none");
  await lookAt(url, "scoring", "prioritized", id);
  await lookAt(url, "deliveries", "waiting-children", toDeliveryId(id));
});

test("nor of one that runs", async () => {
  const { url, startWorker, tell } = await startTellingSystem();
  const { healthUrl } = await startWorker();
  const { id } = await tell("waits for what never comes");
  await waitUntilInThreads(healthUrl, 1);
  await lookAt(url, "scoring", "active", id);
});

test.each([
  ["succeeded", "none", "completed"],
  ["failed with an error that quotes it", "throws what quotes a text", "failed"],
] as const)("nor of one that %s, while its webhook waits to be sent again", async (_, what, status) => {
  const { url, startWorker, tell } = await startTellingSystem({ WEBHOOK_SCHEDULE: "0s,1h" });
  await startWorker();
  const { id } = await tell(what);
  await waitForEnd(url, id);
  await lookAt(url, "scoring", status, id);
  await waitUntilDelivery(url, toDeliveryId(id), "delayed");
  await lookAt(url, "deliveries", "delayed", toDeliveryId(id));
});

test("nor of one whose webhook was given up", async () => {
  const { url, startWorker, tell } = await startTellingSystem({ WEBHOOK_SCHEDULE: "0s" });
  await startWorker();
  const { id } = await tell("none");
  await waitUntilDelivery(url, toDeliveryId(id), "failed");
  await lookAt(url, "deliveries", "failed", toDeliveryId(id));
});
