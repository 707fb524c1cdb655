import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { ConnectionError } from "../src/errors.ts";
import { Semblance } from "../src/semblance.ts";
import { sleep } from "../src/sleep.ts";
import { TimeLimit } from "../src/time-limit.ts";
import { Transport } from "../src/transport.ts";
import { json, problem, startAnsweringServer } from "./answering-server.ts";

test("a signal that outlives the calls that had it keeps nothing of them", async () => {
  const { signal } = new AbortController();
  const job = {
    id: "job_1",
    status: "succeeded",
    done: true,
    result: { results: [], scored: 0, duration_ms: 0 },
  };
  const { url } = await startAnsweringServer(problem(503, "queue-full"), json(200, job));
  const semblance = new Semblance({ url, retry: { pauseMs: 1 } });
  await semblance.score({ query: "a", candidates: ["a"] }, { signal });
  await semblance.wait("job_1", { signal });
  await expect(semblance.stream("job_1", { signal }).next()).rejects.toMatchObject({ code: "about:blank" });
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("a limit beyond what a timer can hold does not end at once", async () => {
  const limit = new TimeLimit(Number.POSITIVE_INFINITY, () => new Error("over"));
  // A timer that is set for too long fires before one that is set now.
  await sleep(10, limit.signal);
  limit.end();
});

test("a stream that falls silent ends, and so does its connection", async () => {
  const closed = Promise.withResolvers<void>();
  const { url } = await startAnsweringServer((response) => {
    response.on("close", closed.resolve);
    response.writeHead(200, { "Content-Type": "text/plain" }).write("a");
  });
  const limit = new TimeLimit(60_000, () => new Error("over"));
  const chunks = new Transport({ url }).bytes({ path: "/v1/jobs", limit }, "text/plain", 200);
  expect((await chunks.next()).value).toEqual(new TextEncoder().encode("a"));
  await expect(chunks.next()).rejects.toBeInstanceOf(ConnectionError);
  await closed.promise;
  limit.end();
});
