import { fileURLToPath } from "node:url";
import type { Page, Request } from "playwright-core";
import { expect, test } from "vitest";
import { createAdminPassword } from "../../apps/api/src/operations/admin-credentials.ts";
import { submit, waitForEnd } from "../support/client.ts";
import { misdeed } from "../support/misdeeds.ts";
import { startWebhookSystem } from "../support/webhook-system.ts";
import { openChromium } from "./open-chromium.ts";

const MISBEHAVING = new URL("../support/misbehaving-processor.ts", import.meta.url);
const SCREENSHOT = fileURLToPath(new URL("../../.reports/bull-board.png", import.meta.url));

const WAIT_MS = 20_000;

/** What would change something, as its buttons are called. */
const ACTIONS = /retry|promote|clean|remove|empty|obliterate|pause|duplicate|edit|update|add/i;

const { password, sha256 } = createAdminPassword();
const ADMIN = { ADMIN_USER: "ops", ADMIN_PASSWORD_SHA256: sha256 };

/** A system with a job that has timed out, and its webhook that nobody took. */
const startWithFailedJob = async () => {
  const { url, receiver, startWorker } = await startWebhookSystem({
    env: { ...ADMIN, WEBHOOK_SCHEDULE: "0s" },
    processor: MISBEHAVING,
    answer: (_, response) => response.writeHead(500).end(),
  });
  await startWorker();
  const fields = { timeout_ms: 100, webhook: { url: receiver.url } };
  const { id } = await submit(url, misdeed("waits for what never comes", fields));
  await waitForEnd(url, id);
  return { url, id };
};

const actionsOn = async (page: Page): Promise<string[]> => {
  const buttons = await page.getByRole("button").or(page.getByRole("menuitem")).all();
  const names = await Promise.all(
    buttons.map(async (button) => [
      await button.getAttribute("aria-label"),
      await button.getAttribute("title"),
      await button.textContent(),
    ]),
  );
  return names.flat().filter((name) => name !== null && ACTIONS.test(name)) as string[];
};

test("an operator logs in to Bull Board, sees why a job failed, and is offered nothing to be done about it", {
  timeout: 60_000,
}, async () => {
  const { url, id } = await startWithFailedJob();
  const browser = await openChromium();
  const stranger = await browser.newPage({ httpCredentials: { username: "ops", password: "password" } });
  expect((await stranger.goto(`${url}/admin/queues`))?.status()).toBe(401);

  const context = await browser.newContext({ httpCredentials: { username: "ops", password } });
  const requests: Request[] = [];
  const complaints: string[] = [];
  context.on("request", (request) => requests.push(request));
  context.on("weberror", (error) => complaints.push(error.error().message));
  context.on("console", (message) => {
    // The font from outside and inline styles are refused, as they should be.
    if (message.type() === "error" && !message.text().includes("style-src")) complaints.push(message.text());
  });

  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  await page.goto(`${url}/admin/queues`);
  await page.getByRole("link", { name: "scoring" }).first().click();
  await page.getByRole("link", { name: /failed/i }).click();
  await page.getByText(id).first().waitFor();
  await page.getByText("timed_out: ").first().waitFor();
  expect(await actionsOn(page)).toEqual([]);
  await page.screenshot({ path: SCREENSHOT });
  process.stdout.write(`what was seen: ${SCREENSHOT}\n`);

  await page.getByRole("link", { name: "deliveries" }).first().click();
  await page.getByText("the receiver answered 500").first().waitFor();
  expect(await actionsOn(page)).toEqual([]);

  const elsewhere = requests.filter((request) => new URL(request.url()).origin !== url);
  // But for what the page's policy refused before anything was sent.
  const sent = elsewhere.filter((request) => request.failure()?.errorText !== "csp");
  expect(sent.map((request) => request.url())).toEqual([]);
  expect(requests.length).toBeGreaterThan(elsewhere.length);
  expect(complaints).toEqual([]);
});
