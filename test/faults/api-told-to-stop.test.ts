import { once } from "node:events";
import { request } from "node:http";
import { expect, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { post, readProblem, readQueue, submit, waitForEnd } from "../support/client.ts";
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
  expect([response.statusCode, response.headers.connection]).toEqual([202, "close"]);
  response.resume();
  expect(await api.exited).toBe(0);

  await fleet.startWorker();
  const { id } = await submit(other.url, misdeed("none"));
  expect(await waitForEnd(other.url, id)).toMatchObject({ status: "succeeded" });
});

test("no request is lost while an API stops: whoever sends until it is not ready has every answer, and every job is kept", async () => {
  const CLIENTS = 8;
  const [api, other] = await Promise.all([
    fleet.startApi({ SHUTDOWN_DELAY_MS: "5000", QUEUE_DEPTH_MAX: "1000000" }),
    fleet.startApi(),
  ]);
  let isReady = true;
  let acceptedCount = 0;
  // As behind a load balancer: each has its connections kept, and goes elsewhere once the API says that it is not ready.
  const send = async () => {
    while (isReady) {
      const response = await post(api.url, misdeed("none"));
      await response.arrayBuffer();
      expect(response.status).toBe(202);
      acceptedCount += 1;
    }
  };
  const sending = Promise.all(Array.from({ length: CLIENTS }, send));
  await eventually("they send", () => (acceptedCount > CLIENTS ? true : undefined));
  api.kill("SIGTERM");
  await eventually("it is not ready", async () => {
    const answer = await fetch(`${api.url}/readyz`);
    return answer.status === 503 ? true : undefined;
  });
  isReady = false;
  await sending;
  expect(await api.exited).toBe(0);
  expect((await readQueue(other.url)).depth).toBe(acceptedCount);
});

test("who waits for a job is answered at once when the API stops, and who follows one is told when to come back", async () => {
  const api = await fleet.startApi({ DRAIN_LIMIT_MS: "60000" });
  const { id } = await submit(api.url, misdeed("none"));
  const events = await fetch(`${api.url}/v1/jobs/${id}/events`);
  const waiting = post(api.url, misdeed("none"), { Prefer: "wait=60" });
  await eventually("its job is there", async () =>
    (await readQueue(api.url)).depth === 2 ? true : undefined,
  );
  api.kill("SIGTERM");
  const { status, headers } = await waiting;
  expect([status, headers.get("connection")]).toEqual([202, "close"]);
  // Its end is that of a whole stream: it does not throw.
  const text = await events.text();
  expect(text).toMatch(/^retry: \d+\n\n/);
  expect(text).toContain('"status":"queued"');
  expect(await api.exited).toBe(0);
});

test("an API with a shutdown delay goes on as before meanwhile, but for its readiness; a second signal ends it", async () => {
  const api = await fleet.startApi({ SHUTDOWN_DELAY_MS: "60000" });
  api.kill("SIGTERM");
  const response = await eventually("it is not ready", async () => {
    const answer = await fetch(`${api.url}/readyz`);
    return answer.status === 503 ? answer : undefined;
  });
  expect((await readProblem(response)).type).toBe("/problems/shutting-down");
  const accepted = await post(api.url, misdeed("none"));
  // The next request comes on a new connection, which a load balancer makes elsewhere.
  expect([accepted.status, accepted.headers.get("connection")]).toEqual([202, "close"]);
  // What comes at once is taken for the same Ctrl-C, so it is said until it is heard.
  const again = setInterval(() => api.kill("SIGTERM"), 100);
  expect(await api.exited.finally(() => clearInterval(again))).toBe(1);
});
