import { expect, test } from "vitest";
import { submit, waitForEnd } from "../../support/client.ts";
import { misdeed } from "../../support/misdeeds.ts";
import { startWebhookSystem } from "../../support/webhook-system.ts";
import { openConsole, PATIENT } from "./open-console.ts";

const MISBEHAVING = new URL("../../support/misbehaving-processor.ts", import.meta.url);

test("jobs are listed by status, told with attempts and webhooks, canceled, and their webhooks sent again", {
  timeout: 120_000,
}, async () => {
  let answerWith = 500;
  const { url, receiver, startWorker } = await startWebhookSystem({
    env: { WEBHOOK_SCHEDULE: "0s", CRASH_ATTEMPTS: "2" },
    processor: MISBEHAVING,
    answer: (_, response) => response.writeHead(answerWith).end("so it goes"),
  });
  const webhook = { url: receiver.url };
  const { id: succeeded } = await submit(url, misdeed("none", { webhook, metadata: { order: "<b>17</b>" } }));
  const { id: crashed } = await submit(url, misdeed("exits"));
  await startWorker();
  await waitForEnd(url, succeeded);
  await waitForEnd(url, crashed);
  const { id: running } = await submit(url, misdeed("waits for what never comes", { timeout_ms: 10_000 }));

  const { page, keep, expectNoComplaint } = await openConsole(url, { path: "/#jobs" });
  const list = page.getByRole("region", { name: "Latest jobs" });
  const detail = page.getByRole("region", { name: "Job", exact: true });
  await list.getByRole("link", { name: succeeded }).waitFor();
  expect(await list.locator("tbody tr").count()).toBe(3);
  await list.getByLabel("Status").selectOption("failed");
  await expect.poll(() => list.locator("tbody tr").count(), PATIENT).toBe(1);
  await list.getByRole("link", { name: crashed }).click();
  await detail.getByText("Attempts that failed").waitFor();
  expect(await detail.locator(".attempts").first().textContent()).toMatch(/crashed/);
  await keep("jobs-crashed");

  await list.getByLabel("Status").selectOption("");
  await list.getByRole("link", { name: succeeded }).click();
  await detail.getByText("500 so it goes").waitFor();
  expect(await detail.getByText("<b>17</b>").count()).toBe(1);
  expect(await detail.getByRole("link", { name: "Bull Board" }).getAttribute("href")).toBe(
    `admin/queues/queue/scoring/${succeeded}`,
  );
  answerWith = 204;
  await detail.getByRole("button", { name: "Deliver again" }).click();
  await detail.locator(".delivery .badge.succeeded").waitFor();
  await keep("jobs-delivered");

  await list.getByRole("link", { name: running }).click();
  await detail.getByText("running", { exact: true }).waitFor();
  await detail.getByRole("button", { name: "Cancel" }).click();
  await detail.locator(".badge.canceled").waitFor();
  await keep("jobs-canceled");
  expectNoComplaint();
});

test("older jobs are a page away, and a job that is not there is told of once", {
  timeout: 60_000,
}, async () => {
  const { url } = await startWebhookSystem();
  for (let made = 0; made < 30; made += 1) await submit(url, { query: "a", candidates: ["b"] });
  const { page, expectNoComplaint } = await openConsole(url, {
    path: "/#jobs/job_00000000000000000000000000000000",
  });
  await page.getByText(/no job with this id/).waitFor();
  const rows = page.locator(".jobs-list tbody tr");
  // No id at all is none that is looked for.
  await page.goto(`${url}/#jobs/%`);
  await page.getByText("Choose a job").waitFor();
  await expect.poll(() => rows.count(), PATIENT).toBe(25);
  await page.getByRole("button", { name: "Older" }).click();
  await expect.poll(() => rows.count(), PATIENT).toBe(5);
  await page.getByRole("button", { name: "Newer" }).click();
  await expect.poll(() => rows.count(), PATIENT).toBe(25);
  expectNoComplaint(404);
});
