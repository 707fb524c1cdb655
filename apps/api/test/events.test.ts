import type { JobView } from "@semblance/shared/job/job-view";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { cancel, readProblem, submit } from "../../../test/support/client.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { longJob } from "../../../test/support/long-job.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";

interface ServerSentEvent {
  id: string;
  event: string;
  data: unknown;
}

const submission = { query: "a", candidates: ["a", "b"] };
let env: Record<string, string>;
let api: InProcessApi;

beforeAll(async () => {
  env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  api = await startInProcessApi(env);
});
afterAll(() => api.close());

const startWorker = async () => {
  const worker = await startInProcessWorker(env);
  onTestFinished(() => worker.close());
};

const parse = (block: string): ServerSentEvent => {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)![1]!;
  return { id: field("id"), event: field("event"), data: JSON.parse(field("data")) };
};

/** Reads a stream to its end. */
const follow = async (id: string, onEvent: (event: ServerSentEvent) => void = () => undefined) => {
  const response = await fetch(`${api.url}/v1/jobs/${id}/events`);
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  const events: ServerSentEvent[] = [];
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const event of blocks.filter((block) => /^event:/m.test(block)).map(parse)) {
      events.push(event);
      onEvent(event);
    }
  }
  return events;
};

const statuses = (events: ServerSentEvent[]) =>
  events.filter(({ event }) => event === "status").map(({ data }) => (data as JobView).status);

test("a job is followed from the queue to its end, and the stream ends with it", async () => {
  const job = await submit(api.url, submission);
  const following = follow(job.id);
  await eventually("it is followed", () => (api.events.jobCount === 1 ? true : undefined));
  await startWorker();
  const events = await following;
  expect(events[0]).toEqual({ id: "1", event: "status", data: job });
  // Whether it is seen running depends on how long it runs.
  expect(statuses(events).filter((status) => status !== "running")).toEqual(["queued", "succeeded"]);
  expect(events.at(-1)!.data).toMatchObject({ done: true, progress: { scored: 2, total: 2 } });
  expect(api.events.jobCount).toBe(0);
});

test("a long one is seen running, with its progress, which only grows", async () => {
  await startWorker();
  const { id } = await submit(api.url, { ...longJob, timeout_ms: 10_000 });
  const events = await follow(id, ({ event }) => {
    if (event === "progress") void cancel(api.url, id);
  });
  expect(statuses(events).slice(-2)).toEqual(["running", "canceled"]);
  const scored = events
    .filter(({ event }) => event === "progress")
    .map(({ data }) => (data as JobView["progress"]).scored);
  expect(scored.length).toBeGreaterThan(0);
  expect(scored).toEqual([...new Set(scored)].sort((a, b) => a - b));
});

test("who comes when it is over is told how, and who comes back the present state, once", async () => {
  const { id } = await submit(api.url, submission);
  await cancel(api.url, id);
  for (let time = 0; time < 2; time += 1) {
    const events = await follow(id);
    expect(statuses(events)).toEqual(["canceled"]);
    expect(events).toHaveLength(1);
  }
});

test("an unknown job has no events", async () => {
  const response = await fetch(`${api.url}/v1/jobs/job_00000000000000000000000000000000/events`);
  expect((await readProblem(response)).status).toBe(404);
  expect(api.events.jobCount).toBe(0);
});

test("a client that goes away is forgotten", async () => {
  const { id } = await submit(api.url, submission);
  const client = new AbortController();
  const response = await fetch(`${api.url}/v1/jobs/${id}/events`, { signal: client.signal });
  await response.body!.getReader().read();
  expect(api.events.jobCount).toBe(1);
  client.abort();
  await eventually("it is forgotten", () => (api.events.jobCount === 0 ? true : undefined));
});

test("a shutdown ends the streams, so that clients come back elsewhere", async () => {
  const closing = await startInProcessApi(env);
  const { id } = await submit(closing.url, submission);
  const response = await fetch(`${closing.url}/v1/jobs/${id}/events`);
  const text = response.text();
  await closing.close();
  expect(await text).toContain('"status":"queued"');
});

test("a HEAD tells the headers alone, and leaves nobody listening", async () => {
  const { id } = await submit(api.url, submission);
  const answer = await fetch(`${api.url}/v1/jobs/${id}/events`, { method: "HEAD" });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  expect(api.events.jobCount).toBe(0);
  expect((await fetch(`${api.url}/v1/jobs/job_0/events`, { method: "HEAD" })).status).toBe(404);
});
