import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { submit } from "../../support/client.ts";
import { longJob } from "../../support/long-job.ts";
import { startOwnApi } from "../../support/own-api.ts";
import { openConsole, PATIENT } from "./open-console.ts";
import { startSystem, startWorker } from "./start-worker.ts";

const run = promisify(execFile);

const compare = (page: Page) => page.getByRole("button", { name: "Compare" }).click();
const rows = (page: Page) => page.locator(".ranking tbody tr");

test("a bundled sample is ranked, marked, sorted, copied and downloaded", { timeout: 120_000 }, async () => {
  const { url } = await startSystem();
  const { page, keep, expectNoComplaint } = await openConsole(url, { acceptDownloads: true });
  await page.getByRole("button", { name: "city names" }).click();
  await compare(page);
  await rows(page).first().waitFor();
  expect(await rows(page).count()).toBe(24);
  expect(await rows(page).first().textContent()).toContain("Sankt-Peterburg");
  expect(await rows(page).first().locator("mark").allInnerTexts()).toEqual(["Sankt", "Peterburg"]);
  await keep("try-ranking");

  await page.getByRole("button", { name: "No." }).click();
  await expect.poll(() => rows(page).first().locator("td.index").textContent(), PATIENT).toBe("1");
  await page.getByRole("button", { name: /^No\./ }).click();
  await expect.poll(() => rows(page).first().locator("td.index").textContent(), PATIENT).toBe("24");
  await page.getByRole("button", { name: /^Score/ }).click();
  await expect.poll(() => rows(page).first().locator("td.rank").textContent(), PATIENT).toBe("1");

  const downloaded = async (name: string) => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name, exact: true }).click(),
    ]);
    return readFile(await download.path(), "utf8");
  };
  const ranking = JSON.parse(await downloaded("JSON")) as { rank: number; score: number; text: string }[];
  expect(ranking).toHaveLength(24);
  expect(ranking[0]).toMatchObject({ rank: 1, index: 14, text: "Sankt-Peterburg" });
  const csv = await downloaded("CSV");
  expect(csv.split("\r\n")).toHaveLength(26);
  expect(csv).toContain('"القاهرة"');

  await page.getByRole("button", { name: "Copy as curl" }).click();
  await page.getByText("Copied as curl.").waitFor();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  const { stdout } = await run("sh", ["-c", command]);
  expect(JSON.parse(stdout).result.results[0]).toMatchObject({ index: 14, score: ranking[0]!.score });
  await page.getByRole("button", { name: "Copy as TypeScript" }).click();
  await page.getByText("Copied as TypeScript.").waitFor();
  const module = await page.evaluate(() => navigator.clipboard.readText());
  expect(module).toContain("await semblance.score(submission)");
  await keep("try-copied");
  expectNoComplaint();
});

test("a job is followed from its place in the queue through its progress, and can be canceled", {
  timeout: 120_000,
}, async () => {
  const { url, env } = await startOwnApi({ JOB_TIMEOUT_MS: "60000" });
  for (let place = 1; place < 3; place += 1)
    await submit(url, { ...longJob, metadata: { place: `${place}` } });
  const { page, keep, expectNoComplaint } = await openConsole(url);
  await page.locator(".banner").getByText("No worker is there").waitFor();
  await page.getByRole("button", { name: "company names" }).click();
  await compare(page);
  await page.getByText("number 3 in line").waitFor();
  await keep("try-queued");
  await startWorker({ ...env, WORKER_CONCURRENCY: "1" });
  await rows(page).first().waitFor();
  expect(await rows(page).first().textContent()).toContain("Miller");

  const long = await startLongList(page);
  await page.getByText(/Running: [1-9]/).waitFor();
  await keep("try-running");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator(".outcome .badge.canceled").waitFor();
  expect(long).toBe(60_000);
  await keep("try-canceled");
  expectNoComplaint();
});

/** Takes a job that lasts, from a file: typed it would be too much for a field. */
const startLongList = async (page: Page): Promise<number> => {
  const { query, candidates, metric } = longJob;
  await page.locator("input[type=file]").setInputFiles({
    name: "long.txt",
    mimeType: "text/plain",
    buffer: Buffer.from(candidates.join("\n")),
  });
  await page.getByText("60,000 candidates").waitFor();
  await page.getByLabel("Query").fill(query);
  await page.getByLabel("Metric").selectOption(metric);
  await compare(page);
  return candidates.length;
};

test("a refused submission counts down, and is taken by itself once there is room", {
  timeout: 120_000,
}, async () => {
  const { url, env } = await startOwnApi({ QUEUE_DEPTH_MAX: "1" });
  await submit(url, { query: "a", candidates: ["b"] });
  const { page, keep, expectNoComplaint } = await openConsole(url);
  await page.getByRole("button", { name: "city names" }).click();
  await compare(page);
  await page.getByText(/Trying again in \d+ second/).waitFor();
  await page.locator(".outcome").getByText("The queue is full").waitFor();
  await keep("try-refused");
  // What the form says meanwhile is another submission.
  await page.locator("input[type=file]").setInputFiles({
    name: "other.txt",
    mimeType: "text/plain",
    buffer: Buffer.from("another list"),
  });
  await page.locator(".attached").getByText("1 candidate,").waitFor();
  await startWorker(env);
  await rows(page).first().waitFor();
  expect(await rows(page).count()).toBe(24);
  expectNoComplaint(503);
});

test("what the API finds wrong is said at the field that it names", { timeout: 60_000 }, async () => {
  const { url } = await startOwnApi({ CANDIDATE_CHARS_MAX: "20" });
  const { page, keep, expectNoComplaint } = await openConsole(url);
  await compare(page);
  await page.getByText("What is everything to be compared with?").waitFor();
  await page.getByText("Nothing to compare with yet").waitFor();
  await page.getByLabel("Query").fill("a");
  await page.getByLabel("Candidates", { exact: true }).fill(`b\n${"long ".repeat(10)}`);
  await page.getByLabel("Keep the best").fill("0");
  await page.getByLabel("Drop scores below").fill("2");
  await compare(page);
  await expect.poll(() => page.locator("#top-n-error").textContent(), PATIENT).not.toBe("");
  expect(await page.locator("#threshold-error").textContent()).not.toBe("");
  expect(await page.getByLabel("Keep the best").getAttribute("aria-invalid")).toBe("true");
  await page.getByLabel("Keep the best").fill("");
  await page.getByLabel("Drop scores below").fill("");
  await compare(page);
  await expect.poll(() => page.locator("#candidates-error").textContent(), PATIENT).toContain("candidate 2");
  await keep("try-errors");
  expectNoComplaint(422);
});

test("the page says that the API is away, and goes on when it is back", { timeout: 120_000 }, async () => {
  const first = await startSystem();
  const { port } = new URL(first.url);
  const { page, keep, expectNoComplaint } = await openConsole(first.url);
  await page.getByText(/0 jobs waiting/).waitFor();
  await first.api.close();
  await page.locator(".banner").getByText("The API does not answer.").waitFor();
  await page.getByRole("button", { name: "city names" }).click();
  await compare(page);
  await page.getByText(/Trying again in/).waitFor();
  await keep("try-api-away");
  const second = await startOwnApi({ KEY_PREFIX: first.env.KEY_PREFIX, PORT: port });
  await rows(page).first().waitFor();
  await expect.poll(() => page.locator(".banner.bad").count(), PATIENT).toBe(0);
  // What was sent again and again made one job.
  const { jobs } = (await (await fetch(`${second.url}/v1/jobs`)).json()) as { jobs: unknown[] };
  expect(jobs).toHaveLength(1);
  expectNoComplaint(0);
});
