import type { ServerResponse } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { cancel } from "../../../test/support/client.ts";
import { eventually } from "../../../test/support/eventually.ts";
import { startInProcessApi } from "../../../test/support/in-process-api.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { longJob } from "../../../test/support/long-job.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { Semblance } from "../src/semblance.ts";
import type { JobEvent, Submission } from "../src/wire-types.ts";
import { problem, startAnsweringServer } from "./answering-server.ts";

const input = { query: "a", candidates: ["a"] };

const startApi = async () => {
  const env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix(), JOB_TIMEOUT_MS: "60000" };
  const api = await startInProcessApi(env);
  onTestFinished(() => api.close());
  const startWorker = async () => {
    const worker = await startInProcessWorker(env);
    onTestFinished(() => worker.close());
  };
  return { api, startWorker, semblance: new Semblance({ url: api.url }) };
};

const collect = async (events: AsyncIterable<JobEvent>): Promise<JobEvent[]> => {
  const collected: JobEvent[] = [];
  for await (const event of events) collected.push(event);
  return collected;
};

const describeEvent = (event: JobEvent) =>
  event.type === "status" ? event.job.status : event.progress.scored;

/** Begins a stream; what comes next may be done once this much is sent. */
const openStream = (response: ServerResponse, text: string, next?: () => void): void => {
  response.writeHead(200, { "Content-Type": "text/event-stream" }).write(text, next);
};

const status = (name: string, done: boolean) =>
  `event: status\ndata: {"status":"${name}","done":${done}}\n\n`;

test("a job is followed from the queue to its end, with its progress", async () => {
  const { semblance, startWorker } = await startApi();
  const { id } = await semblance.submit({
    ...(longJob as Submission),
    candidates: longJob.candidates.slice(0, 10_000),
  });
  const collecting = collect(semblance.stream(id));
  await startWorker();
  const events = await collecting;
  const statuses = events.flatMap((event) => (event.type === "status" ? [event.job.status] : []));
  expect([statuses[0], statuses.at(-1)]).toEqual(["queued", "succeeded"]);
  expect(events.some((event) => event.type === "progress" && event.progress.scored > 0)).toBe(true);
});

test("a job that has ended is told once", async () => {
  const { api, semblance } = await startApi();
  const { id } = await semblance.submit(input);
  await cancel(api.url, id);
  expect((await collect(semblance.stream(id))).map(describeEvent)).toEqual(["canceled"]);
});

test("an unknown job is a problem", async () => {
  const { semblance } = await startApi();
  await expect(collect(semblance.stream("job_0"))).rejects.toMatchObject({ code: "not-found" });
});

test("who stops reading leaves no connection behind", async () => {
  const { api, semblance } = await startApi();
  const { id } = await semblance.submit(input);
  for await (const event of semblance.stream(id)) {
    expect(describeEvent(event)).toBe("queued");
    expect(api.events.jobCount).toBe(1);
    break;
  }
  await eventually("nobody listens", () => (api.events.jobCount === 0 ? true : undefined));
});

test("a stream ends with its signal and with its time", async () => {
  const { api, semblance } = await startApi();
  const { id } = await semblance.submit(input);
  const stop = new AbortController();
  const reading = (async () => {
    for await (const _ of semblance.stream(id, { signal: stop.signal })) stop.abort(new Error("enough"));
  })();
  await expect(reading).rejects.toThrow("enough");
  await expect(collect(semblance.stream(id, { timeoutMs: 50 }))).rejects.toMatchObject({ code: "timeout" });
  await eventually("nobody listens", () => (api.events.jobCount === 0 ? true : undefined));
});

test("a connection that breaks, ends or is refused is followed by another, until the final status", async () => {
  const { url, requests } = await startAnsweringServer(
    (response) => {
      openStream(response, `retry: 1\n\nid: 7\n${status("queued", false)}`, () => response.destroy());
    },
    problem(503, "shutting-down"),
    (response) => {
      openStream(response, `${status("running", false)}event: progress\ndata: {"scored":5,"total":9}\n\n`);
      response.end('event: status\ndata: {"status":"succ');
    },
    (response) =>
      openStream(response, `: comment\n\nevent: unknown\ndata: {}\n\n${status("succeeded", true)}`),
  );
  const events = await collect(new Semblance({ url, retry: { pauseMs: 1 } }).stream("job_1"));
  expect(events.map(describeEvent)).toEqual(["queued", "running", 5, "succeeded"]);
  expect(requests.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "7", "7", "7"]);
  expect(requests[0]).toMatchObject({
    path: "/v1/jobs/job_1/events",
    headers: { accept: "text/event-stream" },
  });
});

test("connections that bring nothing again and again are given up", async () => {
  const { url, requests } = await startAnsweringServer((response) => {
    openStream(response, "retry: 1\n\n");
    response.end();
  });
  await expect(collect(new Semblance({ url }).stream("job_1"))).rejects.toMatchObject({ code: "connection" });
  expect(requests).toHaveLength(5);
});

test("an answer that is no event stream is an error", async () => {
  const { url, requests } = await startAnsweringServer((response) => response.end("<html>"));
  await expect(new Semblance({ url }).stream("job_1").next()).rejects.toMatchObject({ code: "about:blank" });
  expect(requests).toHaveLength(1);
});
