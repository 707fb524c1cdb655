import { once } from "node:events";
import { request } from "node:http";
import { expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { post, readProblem, submit, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { misdeed } from "../support/misdeeds.ts";

const fleet = createAppFleet();

test("an API that is told to stop answers the request that is still being sent, and exits", async () => {
  const [api, other] = await Promise.all([fleet.startApi(), fleet.startApi()]);
  const body = JSON.stringify(misdeed("none"));
  const call = request(`${api.url}/v1/jobs`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Content-Length": body.length, Expect: "100-continue" },
  });
  const answered = once(call, "response");
  call.flushHeaders();
  // By then the request has begun, as the API sees it.
  await once(call, "continue");
  call.write(body.slice(0, 10));
  api.kill("SIGTERM");
  await eventually("it takes no new connection", () =>
    fetch(`${api.url}/healthz`).then(
      () => undefined,
      () => true,
    ),
  );
  call.end(body.slice(10));
  const [response] = await answered;
  expect(response.statusCode).toBe(202);
  response.resume();
  expect(await api.exited).toBe(0);

  await fleet.startWorker();
  const { id } = await submit(other.url, misdeed("none"));
  expect(await waitForEnd(other.url, id)).toMatchObject({ status: "succeeded" });
});

test("an API with a shutdown delay goes on as before meanwhile, but for its readiness; a second signal ends it", async () => {
  const api = await fleet.startApi({ SHUTDOWN_DELAY_MS: "60000" });
  api.kill("SIGTERM");
  const response = await eventually("it is not ready", async () => {
    const answer = await fetch(`${api.url}/readyz`);
    return answer.status === 503 ? answer : undefined;
  });
  expect((await readProblem(response)).type).toBe("/problems/shutting-down");
  expect((await post(api.url, misdeed("none"))).status).toBe(202);
  // What comes at once is taken for the same Ctrl-C, so it is said until it is heard.
  const again = setInterval(() => api.kill("SIGTERM"), 100);
  expect(await api.exited.finally(() => clearInterval(again))).toBe(1);
});
