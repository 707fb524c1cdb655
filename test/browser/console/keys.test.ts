import { expect, test } from "vitest";
import { createApiKey } from "../../../apps/api/src/tenants/api-key.ts";
import { startOwnApi } from "../../support/own-api.ts";
import { openConsole } from "./open-console.ts";
import { startWorker } from "./start-worker.ts";

test("with keys configured the console asks for one, and keeps it for the tab alone", {
  timeout: 90_000,
}, async () => {
  const { key, line } = createApiKey("acme");
  const { key: nextKey, line: nextLine } = createApiKey("beta");
  const { url, env } = await startOwnApi({ API_KEYS: `${line},${nextLine}` });
  await startWorker(env);
  const { page, keep, expectNoComplaint } = await openConsole(url);
  const field = page.getByLabel("API key");
  await field.fill("no key at all");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("A key has no spaces").waitFor();
  await field.fill("unknown");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("The API does not know this key.").waitFor();
  await keep("key-prompt");
  await field.fill(key);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "city names" }).click();
  await page.getByRole("button", { name: "Compare" }).click();
  await page.locator(".ranking tbody tr").first().waitFor();

  await page.getByRole("button", { name: "Copy as curl" }).click();
  await page.getByText("Copied as curl.").waitFor();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  expect(command).toContain("$SEMBLANCE_API_KEY");
  expect(command).not.toContain(key);
  expect(await page.evaluate(() => [localStorage.length, document.cookie])).toEqual([0, ""]);

  await page.reload();
  await page.getByText(/0 jobs waiting/).waitFor();
  // Another tab of the same browser.
  const other = await page.context().newPage();
  await other.goto(url);
  await other.getByLabel("API key").waitFor();
  expect(await page.getByLabel("Query").inputValue()).toBe("Sankt Peterburg");
  await page.getByRole("button", { name: "Compare" }).click();
  await page.locator(".ranking tbody tr").first().waitFor();
  await page.getByRole("button", { name: "Forget the key" }).click();
  await field.waitFor();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  // Whoever comes next with a key finds nothing of who was here before.
  await field.fill(nextKey);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("The ranking appears here").waitFor();
  expect(await page.getByLabel("Query").inputValue()).toBe("");
  expectNoComplaint(401);
});
