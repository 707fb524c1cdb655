import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { createAppFleet } from "../support/app-fleet.ts";
import { json, post, waitForEnd } from "../support/client.ts";

const fleet = createAppFleet();

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

/** Keeps what an OTLP collector would be sent, by where it was sent to. */
const startCollector = async () => {
  const exports: { path: string; type: string; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    exports.push({
      path: request.url!,
      type: request.headers["content-type"]!,
      body: await buffer(request),
    });
    response.writeHead(200, { "Content-Type": "application/x-protobuf" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, exports };
};

const runJob = async (env: Record<string, string>) => {
  const [api, worker] = await Promise.all([fleet.startApi(env), fleet.startWorker(env)]);
  const response = await post(
    api.url,
    { query: "a", candidates: ["b"] },
    { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` },
  );
  const { id } = await json<{ id: string }>(response);
  await waitForEnd(api.url, id);
  for (const app of [api, worker]) {
    app.kill("SIGTERM");
    expect(await app.exited).toBe(0);
  }
};

test("an endpoint is all that it takes: both processes send their spans there, those of the last moment, too", async () => {
  const { url, exports } = await startCollector();
  await runJob({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
    // Nothing is sent before the end.
    OTEL_BSP_SCHEDULE_DELAY: "600000",
  });
  expect(exports.map(({ path, type }) => [path, type])).toEqual(
    exports.map(() => ["/v1/traces", "application/x-protobuf"]),
  );
  const sent = (service: string) =>
    exports.filter(({ body }) => body.includes(service)).map(({ body }) => body);
  for (const [service, name] of [
    ["semblance-api", "send scoring"],
    ["semblance-worker", "store result"],
  ] as const) {
    const [body] = sent(service);
    expect(body?.includes(name)).toBe(true);
    expect(body?.includes(Buffer.from(TRACE_ID, "hex"))).toBe(true);
    expect(body?.includes("deployment.environment.name")).toBe(true);
  }
});

test("a collector that is away costs no job and no shutdown", async () => {
  await runJob({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" });
});

test.each([
  { OTEL_SDK_DISABLED: "true" },
  { OTEL_TRACES_EXPORTER: "none" },
  { OTEL_TRACES_SAMPLER: "always_off" },
])("with %j nothing is sent, whatever else is set", async (off) => {
  const { url, exports } = await startCollector();
  await runJob({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...off } as Record<string, string>);
  expect(exports).toEqual([]);
});
