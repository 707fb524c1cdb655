import { expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";

const fleet = createAppFleet();

test("both apps stop when their launcher is gone", async () => {
  const apps = [await fleet.startApi(), await fleet.startWorker()];
  for (const app of apps) app.abandon();
  for (const app of apps) expect(await app.exited).toBe(0);
});
