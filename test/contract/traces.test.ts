import { trace } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { json, post, submit, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { startWebhookSystem } from "../support/webhook-system.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const CLIENT_SPAN_ID = "00f067aa0ba902b7";
const TRACEPARENT = `00-${TRACE_ID}-${CLIENT_SPAN_ID}-01`;
const SECRET = "Sankt-Peterburg-at-night";

const exporter = new InMemorySpanExporter();

beforeAll(() => {
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
});
beforeEach(() => exporter.reset());
afterAll(() => trace.disable());

const spansOf = (traceId: string) =>
  exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);

/** Each span by its name, with the name of what caused it. */
const family = (spans: readonly ReadableSpan[]) => {
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  const causeOf = (id: string | undefined) => (id === CLIENT_SPAN_ID ? "the client" : names.get(id ?? ""));
  return Object.fromEntries(spans.map((span) => [span.name, causeOf(span.parentSpanContext?.spanId)]));
};

const start = async () => {
  const system = await startWebhookSystem();
  await system.startWorker();
  return system;
};

test("one trace leads from a request through queue, thread and store to the webhook, which tells its receiver of it", async () => {
  const { url, receiver } = await start();
  const submission = {
    query: SECRET,
    candidates: [SECRET],
    metadata: { [SECRET]: SECRET },
    webhook: { url: `${receiver.url}?token=${SECRET}` },
  };
  const response = await post(url, submission, { traceparent: TRACEPARENT });
  const { id } = await json<{ id: string }>(response);
  const spans = await eventually("the webhook's span", () => {
    const found = spansOf(TRACE_ID);
    return found.some(({ name }) => name === "POST webhook") ? found : undefined;
  });
  expect(family(spans)).toEqual({
    "POST /v1/jobs": "the client",
    "send scoring": "POST /v1/jobs",
    "process scoring": "POST /v1/jobs",
    score: "process scoring",
    "store result": "process scoring",
    "POST webhook": "POST /v1/jobs",
  });
  const webhookSpan = spans.find(({ name }) => name === "POST webhook")!;
  expect(receiver.received[0]!.headers["traceparent"]).toBe(
    `00-${TRACE_ID}-${webhookSpan.spanContext().spanId}-01`,
  );
  const told = JSON.stringify(
    spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  );
  expect(told).toContain(id);
  expect(told).not.toContain(SECRET);
});

test("a request without a trace begins one, and those of a batch are all of it", async () => {
  const { url } = await start();
  const response = await fetch(`${url}/v1/jobs/batch`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ jobs: Array(2).fill({ query: "a", candidates: ["b"] }) }),
  });
  expect(response.status).toBe(207);
  const spans = await eventually("both are processed", () => {
    const found = exporter.getFinishedSpans();
    return found.filter(({ name }) => name === "process scoring").length === 2 ? found : undefined;
  });
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
  expect(spans.filter(({ name }) => name === "send scoring")).toHaveLength(1);
});

test("a webhook that is asked for again is a part of the request that did", async () => {
  const { url, receiver } = await start();
  const { id } = await submit(url, { query: "a", candidates: ["b"], webhook: { url: receiver.url } });
  await waitForEnd(url, id);
  const { deliveries } = await eventually("it is delivered", async () => {
    const told = await json<{ deliveries: { id: string; status: string }[] }>(
      fetch(`${url}/v1/jobs/${id}/deliveries`),
    );
    return told.deliveries[0]?.status === "succeeded" ? told : undefined;
  });
  await fetch(`${url}/v1/deliveries/${deliveries[0]!.id}/redeliver`, {
    method: "POST",
    headers: { traceparent: TRACEPARENT },
  });
  const spans = await eventually("it is sent again", () => {
    const found = spansOf(TRACE_ID);
    return found.length === 2 ? found : undefined;
  });
  expect(family(spans)).toEqual({
    "POST /v1/deliveries/{id}/redeliver": "the client",
    "POST webhook": "POST /v1/deliveries/{id}/redeliver",
  });
});

test("what fails is told by a code of ours, and probes are left out", async () => {
  const { url } = await start();
  for (const path of ["/healthz", "/readyz", "/metrics"]) await (await fetch(`${url}${path}`)).arrayBuffer();
  await post(url, { query: "a", candidates: ["b"], metric: "none" }, { traceparent: TRACEPARENT });
  const spans = await eventually("the request's span", () => {
    const found = exporter.getFinishedSpans();
    return found.length > 0 ? found : undefined;
  });
  expect(spans.map(({ name, attributes }) => [name, attributes["http.response.status_code"]])).toEqual([
    ["POST /v1/jobs", 422],
  ]);
});
