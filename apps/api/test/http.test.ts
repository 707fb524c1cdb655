import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApiProcess } from "../../../test/support/app-process.ts";
import { json, readProblem } from "../../../test/support/client.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { untilEnded } from "../../../test/support/raw-connection.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { problemCatalogue } from "../src/problems/problem-catalogue.ts";

interface Document {
  openapi: string;
  paths: Record<string, Record<string, { responses: object }>>;
  components: { schemas: Record<string, { required: string[]; properties: Record<string, object> }> };
}

let api: InProcessApi;

beforeAll(async () => {
  api = await startInProcessApi({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() });
});

afterAll(() => api.close());

test.each(["/console", "/v1", "/v1/job", "/v1/jobs/x/y/z", "/problems/unheard-of"])(
  "nothing is at %s: 404",
  async (path) => {
    expect((await readProblem(await fetch(api.url + path))).type).toBe("/problems/not-found");
  },
);

test.each([
  ["DELETE", "/v1/jobs", "GET, POST, HEAD"],
  ["GET", "/v1/rerank", "POST"],
  ["POST", "/v1/queue", "GET, HEAD"],
  ["GET", "/v1/jobs/x/cancel", "POST"],
  ["PUT", "/healthz", "GET, HEAD"],
])("%s %s: 405, and what is allowed", async (method, path, allowed) => {
  const response = await fetch(api.url + path, { method });
  expect((await readProblem(response)).status).toBe(405);
  expect(response.headers.get("allow")).toBe(allowed);
});

describe("whatever the method, a path answers with what it allows, or is not found", () => {
  const paths = {
    "/v1/jobs": "GET, POST, HEAD",
    "/v1/queue": "GET, HEAD",
    "/v1/jobs/x": "GET, DELETE, HEAD",
    "/v1/jobs/x/events": "GET, HEAD",
    "/healthz": "GET, HEAD",
    "/readyz": "GET, HEAD",
    "/openapi.json": "GET, HEAD",
    "/problems/not-found": "GET, HEAD",
    "/admin/queues": "GET, HEAD",
    "/admin/queues/static/app.js": "GET, HEAD",
    "/nothing": null,
    "/admin/nothing": null,
  };

  test.each(["OPTIONS", "TRACE", "PROPFIND", "PATCH", "QUERY"])("%s", async (method) => {
    for (const [path, allowed] of Object.entries(paths)) {
      const { text, statuses, problem } = await untilEnded(api.url, (socket) =>
        socket.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      );
      expect([path, ...statuses, problem, /^allow: (.*)$/im.exec(text)?.[1] ?? null]).toEqual(
        allowed === null ? [path, 404, "not-found", null] : [path, 405, "method-not-allowed", allowed],
      );
    }
  });

  test.each([
    ["/healthz", 200, null],
    ["/openapi.json", 200, null],
    ["/admin/queues", 200, null],
    ["/v1/jobs", 200, null],
    ["/v1/jobs/x/cancel", 405, "POST"],
    ["/problems/unheard-of", 404, null],
    ["/admin/queues/static/nothing.js", 404, null],
    ["/nothing", 404, null],
  ])("HEAD %s: %s, and no body", async (path, status, allowed) => {
    const response = await fetch(api.url + path, { method: "HEAD" });
    expect([response.status, response.headers.get("allow"), await response.text()]).toEqual([
      status,
      allowed,
      "",
    ]);
  });
});

test("every problem has its page", async () => {
  for (const [slug, { title }] of Object.entries(problemCatalogue)) {
    const response = await fetch(`${api.url}/problems/${slug}`);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining(title)]);
  }
});

test("the process says that it is up and ready", async () => {
  expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${api.url}/readyz`)).status).toBe(200);
});

describe("the OpenAPI document", () => {
  test("holds the schemas that validate", async () => {
    const document = await json<Document>(fetch(`${api.url}/openapi.json`));
    expect(document.openapi).toBe("3.1.0");
    const submission = document.components.schemas["Submission"]!;
    expect(submission.required).toEqual(expect.arrayContaining(["query", "candidates"]));
    expect(submission.properties["candidates"]).toMatchObject({
      type: "array",
      minItems: 1,
      maxItems: 100_000,
    });
  });
});

test("Bull Board is there to look at", async () => {
  const page = await fetch(`${api.url}/admin/queues`);
  expect([page.status, page.headers.get("content-type")]).toEqual([
    200,
    expect.stringContaining("text/html"),
  ]);
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  const listing = await json<{ queues: object[] }>(fetch(`${api.url}/admin/queues/api/queues`));
  expect(listing.queues).toMatchObject([
    { name: "scoring", readOnlyMode: true },
    { name: "deliveries", readOnlyMode: true },
  ]);
});

test.each(["0.0.0.0", "::", "10.1.2.3"])(
  "it does not start on %s, where others could reach it",
  async (host) => {
    await expect(startApiProcess({ REDIS_URL: redisUrl(), HOST: host })).rejects.toThrow(
      `cannot start: HOST is ${host}, and without API_KEYS or API_KEYS_FILE the API listens on loopback only`,
    );
  },
);
