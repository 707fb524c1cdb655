import { expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { submit, waitForEnd } from "../support/client.ts";
import { misdeed } from "../support/misdeeds.ts";

const fleet = createAppFleet();

test("an API that is told to stop ends what it has begun and exits, and another one goes on", async () => {
  const [api, other] = await Promise.all([fleet.startApi(), fleet.startApi()]);
  const submissions = Array.from({ length: 20 }, () => submit(api.url, misdeed("none")));
  const accepted = await Promise.all(submissions);
  api.kill("SIGTERM");
  expect(await api.exited).toBe(0);
  await fleet.startWorker();
  for (const { id } of accepted)
    expect(await waitForEnd(other.url, id)).toMatchObject({ status: "succeeded" });
});
