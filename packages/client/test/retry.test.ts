import { expect, test } from "vitest";
import { ConnectionError, ProblemError, TimeoutError } from "../src/errors.ts";
import type { RetryOptions } from "../src/retry.ts";
import { Semblance } from "../src/semblance.ts";
import { type Answer, breakOff, json, never, problem, startAnsweringServer } from "./answering-server.ts";

const input = { query: "a", candidates: ["a"] };
const accepted = json(202, { id: "job_1", done: false });
const quick = (url: string, retry: RetryOptions = {}) =>
  new Semblance({ url, retry: { pauseMs: 1, ...retry } });

const halfAnAnswer: Answer = (response) => {
  response.writeHead(202, { "Content-Type": "application/json", "Content-Length": "100" });
  response.write('{"id":', () => response.destroy());
};

test.each([
  ["503", problem(503, "queue-full", { "Retry-After": "0" })],
  ["503 of what stands before the API", json(503, "<html>")],
  ["429", problem(429, "rate-limited")],
  ["502", json(502, "<html>")],
  ["504", json(504, "<html>")],
  [
    "409 while the first submission is accepted",
    problem(409, "idempotency-in-progress", { "Retry-After": "0" }),
  ],
  ["a connection that breaks", breakOff],
  ["an answer that breaks off", halfAnAnswer],
  ["an answer that is no JSON", ((response) => response.end("<html>")) satisfies Answer],
])("after %s a submission is sent again, under the same key", async (_, answer) => {
  const { url, requests } = await startAnsweringServer(answer, answer, accepted);
  expect(await quick(url).submit(input)).toMatchObject({ id: "job_1" });
  const keys = requests.map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toEqual(Array(3).fill(keys[0]));
  expect(keys[0]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(requests.map(({ body }) => JSON.parse(body))).toEqual([input, input, input]);
});

test("each submission has a key of its own, unless it is given one", async () => {
  const { url, requests } = await startAnsweringServer(accepted);
  await quick(url).submit(input);
  await quick(url).submit(input);
  await quick(url).submit(input, { idempotencyKey: "order-17" });
  const [first, second, third] = requests.map(({ headers }) => headers["idempotency-key"]);
  expect(first).not.toBe(second);
  expect(third).toBe("order-17");
});

test("no request is sent again before the time that the answer asks for", async () => {
  const { url, requests } = await startAnsweringServer(
    problem(503, "queue-full", { "Retry-After": "1" }),
    accepted,
  );
  await quick(url).submit(input);
  expect(requests[1]!.atMs - requests[0]!.atMs).toBeGreaterThanOrEqual(990);
});

test("Retry-After may be a date", async () => {
  const atS = Math.ceil(Date.now() / 1_000) + 3_600;
  const answer = problem(503, "queue-full", { "Retry-After": new Date(atS * 1_000).toUTCString() });
  const { url } = await startAnsweringServer(answer);
  const error: ProblemError = await quick(url)
    .submit(input)
    .catch((thrown) => thrown);
  expect(error.retryAfterS! / 3_600).toBeCloseTo(1, 1);
});

test.each([
  ["the time of all retries", { totalMs: 30_000 }, {}],
  ["the call's own time", {}, { timeoutMs: 30_000 }],
])("when Retry-After leads beyond %s, its answer is thrown at once", async (_, retry, options) => {
  const { url, requests } = await startAnsweringServer(problem(503, "queue-full", { "Retry-After": "45" }));
  const error = await quick(url, { totalMs: 60_000, ...retry })
    .submit(input, options)
    .catch((thrown) => thrown);
  expect(error).toBeInstanceOf(ProblemError);
  expect(error).toMatchObject({ code: "queue-full", status: 503, retryAfterS: 45 });
  expect(requests).toHaveLength(1);
});

test.each([
  [{ attemptsMax: 3 }, 3],
  [{ attemptsMax: 1 }, 1],
  [{}, 5],
  [{ totalMs: 0 }, 1],
])("with %j what goes on failing is given up after %i attempts", async (retry, attempts) => {
  const { url, requests } = await startAnsweringServer(problem(503, "store-unavailable"));
  await expect(quick(url, retry).queue()).rejects.toMatchObject({ code: "store-unavailable" });
  expect(requests).toHaveLength(attempts);
});

test.each([400, 401, 404, 409, 413, 422, 500])("a %i is not sent again", async (status) => {
  const { url, requests } = await startAnsweringServer(problem(status, "some-problem"));
  await expect(quick(url).submit(input)).rejects.toMatchObject({ code: "some-problem", status });
  expect(requests).toHaveLength(1);
});

test("an error that is no problem of the API's has its status, and nothing of its body", async () => {
  const { url } = await startAnsweringServer(json(403, "<html>"));
  const error = await quick(url)
    .queue()
    .catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "about:blank", status: 403, message: "The answer was 403 Forbidden" });
});

test("a problem that leaves everything out is one, too", async () => {
  const { url } = await startAnsweringServer(json(403, {}, { "Content-Type": "application/problem+json" }));
  await expect(quick(url).queue()).rejects.toMatchObject({ code: "about:blank", status: 403, errors: [] });
});

test("where nobody listens, the error says so by its code and has fetch's as its cause", async () => {
  const error = await quick("http://127.0.0.1:1")
    .queue()
    .catch((thrown) => thrown);
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ code: "connection", cause: expect.any(TypeError) });
});

test("a request that is not answered in time is sent again", async () => {
  const { url, requests } = await startAnsweringServer(never, accepted);
  const semblance = new Semblance({ url, requestTimeoutMs: 100, retry: { pauseMs: 1 } });
  expect(await semblance.submit(input)).toMatchObject({ id: "job_1" });
  expect(requests).toHaveLength(2);
});

test("pauses between attempts end with the call's signal", async () => {
  const stop = new AbortController();
  const full = problem(503, "queue-full", { "Retry-After": "3600" });
  const { url, requests } = await startAnsweringServer((response, request) => {
    full(response, request);
    response.on("close", () => stop.abort(new Error("enough")));
  });
  const options = { signal: stop.signal, timeoutMs: 1e9 };
  await expect(quick(url, { totalMs: 1e9 }).submit(input, options)).rejects.toThrow("enough");
  expect(requests).toHaveLength(1);
});

test("a call ends with its time, also while a request is under way", async () => {
  const { url } = await startAnsweringServer(never);
  await expect(quick(url).queue({ timeoutMs: 50 })).rejects.toBeInstanceOf(TimeoutError);
  await expect(new Semblance({ url, timeoutMs: 50 }).queue()).rejects.toBeInstanceOf(TimeoutError);
});

test("what cannot be sent at all is a mistake of the caller, and thrown at once", async () => {
  const { url, requests } = await startAnsweringServer(accepted);
  expect(() => new Semblance({ url: "nowhere" })).toThrow(TypeError);
  expect(() => new Semblance({ url, apiKey: "a\nb" })).toThrow(TypeError);
  await expect(quick(url).submit(input, { idempotencyKey: "…" })).rejects.toBeInstanceOf(TypeError);
  expect(requests).toEqual([]);
});
