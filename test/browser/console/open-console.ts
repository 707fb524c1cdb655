import { fileURLToPath } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { openChromium } from "../open-chromium.ts";

const REPORTS = fileURLToPath(new URL("../../../.reports/console/", import.meta.url));

/** How long anything may take to be seen; no measure of speed. */
const WAIT_MS = 20_000;

/** For `expect.poll`. */
export const PATIENT = { timeout: WAIT_MS };

export interface OpenConsole {
  page: Page;
  /** Keeps what is seen as a test artefact. */
  keep: (name: string) => Promise<void>;
  /** Nothing was asked of another host, and the page had nothing to complain of, but of answers with these statuses. */
  expectNoComplaint: (...statuses: number[]) => void;
}

/** The console in a browser of its own, watched from its first request. */
export const openConsole = async (
  url: string,
  { path = "/", ...options }: BrowserContextOptions & { path?: string } = {},
): Promise<OpenConsole> => {
  const browser = await openChromium();
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 }, ...options });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const elsewhere: string[] = [];
  const complaints: string[] = [];
  context.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== url && protocol !== "blob:") elsewhere.push(request.url());
  });
  context.on("weberror", (error) => complaints.push(error.error().message));
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  onTestFinished(() => context.close());
  await page.goto(`${url}${path}`);
  return {
    page,
    keep: async (name) => {
      const file = `${REPORTS}${name}.png`;
      await page.screenshot({ path: file, fullPage: true });
      process.stdout.write(`what was seen: ${file}\n`);
    },
    expectNoComplaint: (...statuses) => {
      expect(elsewhere).toEqual([]);
      // The browser itself tells of every answer that is an error, and of those that do not come (0).
      const isExpected = (complaint: string) =>
        statuses.some((status) =>
          complaint.includes(status === 0 ? "net::ERR_" : `the server responded with a status of ${status}`),
        );
      expect(complaints.filter((complaint) => !isExpected(complaint))).toEqual([]);
    },
  };
};
