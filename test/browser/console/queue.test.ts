import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createAppFleet } from "../../support/app-fleet.ts";
import { post, submit } from "../../support/client.ts";
import { startInProcessWorker } from "../../support/in-process-worker.ts";
import { startOwnApi } from "../../support/own-api.ts";
import { createOwnRedis } from "../../support/own-redis.ts";
import { openConsole, PATIENT } from "./open-console.ts";

const redis = createOwnRedis();
const fleet = createAppFleet();

test("the queue is told in numbers and charts, and what keeps it from its work in a banner", {
  timeout: 120_000,
}, async () => {
  const { url, env } = await startOwnApi({ REDIS_URL: redis.url(), QUEUE_DEPTH_MAX: "10" });
  for (let depth = 0; depth < 9; depth += 1) await submit(url, { query: "a", candidates: ["b"] });
  const { page, keep, expectNoComplaint } = await openConsole(url, { path: "/#queue" });
  const tile = (label: string) =>
    page.locator(".tile", { has: page.getByRole("heading", { name: label, exact: true }) });
  await tile("Waiting jobs").getByText("9 of 10").waitFor();
  await page.locator(".banner").getByText("The queue is nearly full (9 of 10 jobs waiting)").waitFor();
  await page.locator(".banner").getByText("No worker is there").waitFor();
  expect(await page.locator(".tile").count()).toBe(12);

  await submit(url, { query: "a", candidates: ["b"] });
  await page.locator(".banner").getByText("The queue is full").waitFor();
  expect((await post(url, { query: "a", candidates: ["b"] })).status).toBe(503);
  await expect.poll(() => tile("Refused").locator(".figure").textContent(), PATIENT).toBe("1");
  await keep("queue-full");

  const worker = await startInProcessWorker({ ...env, WORKER_CONCURRENCY: "2" });
  await tile("Workers").getByText("1 with 2 threads").waitFor();
  await tile("Waiting jobs").getByText("0 of 10").waitFor();
  await expect.poll(() => page.locator(".banner").count(), PATIENT).toBe(0);
  const drawn = await tile("Waiting jobs").locator("path.line").getAttribute("d");
  expect(drawn?.split("L").length).toBeGreaterThan(2);
  await keep("queue-drained");

  redis.freeze();
  await page.locator(".banner").getByText("Redis is away").waitFor();
  await keep("queue-redis-away");
  redis.thaw();
  await expect.poll(() => page.locator(".banner.bad").count(), PATIENT).toBe(0);
  expectNoComplaint(503);
  await worker.close();
});

test("workers that cannot start threads are told of", { timeout: 120_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), "semblance-test-console-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const orders = join(dir, "orders");
  await writeFile(orders, "throw");
  const api = await fleet.startApi();
  await fleet.startMisbehavingWorker({ THREAD_ORDERS: orders, THREAD_START_LIMIT_MS: "1000" });
  const { page, keep, expectNoComplaint } = await openConsole(api.url, { path: "/#queue" });
  await page.locator(".banner").getByText("The breaker is open: 1 worker").waitFor();
  await keep("queue-breaker");
  await writeFile(orders, "start");
  await expect.poll(() => page.locator(".banner").count(), { timeout: 60_000 }).toBe(0);
  expectNoComplaint();
});
