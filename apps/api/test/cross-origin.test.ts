import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApiProcess } from "../../../test/support/app-process.ts";
import { post, readProblem } from "../../../test/support/client.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";

const PAGE = "https://app.example.com";
const ELSEWHERE = "https://evil.example.com";

const newEnv = (origins: string) => ({
  REDIS_URL: redisUrl(),
  KEY_PREFIX: uniqueKeyPrefix(),
  CORS_ORIGINS: origins,
});

const preflight = (url: string, origin: string, method = "POST") =>
  fetch(url, {
    method: "OPTIONS",
    headers: {
      Origin: origin,
      "Access-Control-Request-Method": method,
      "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    },
  });

const corsHeaders = ({ headers }: Response) =>
  [...headers.keys()].filter((name) => name.startsWith("access-control-"));

const listOf = (response: Response, name: string) =>
  response.headers.get(name)?.toLowerCase().split(",").sort();

describe("with origins configured", () => {
  let api: InProcessApi;
  beforeAll(async () => {
    api = await startInProcessApi(newEnv(`${PAGE}, http://localhost:5173`));
  });
  afterAll(() => api.close());

  test("a preflight is told what a page may send", async () => {
    const response = await preflight(`${api.url}/v1/jobs`, PAGE);
    expect([response.status, await response.text()]).toEqual([204, ""]);
    expect(response.headers.get("access-control-allow-origin")).toBe(PAGE);
    expect(listOf(response, "access-control-allow-methods")).toEqual(["delete", "get", "head", "post"]);
    expect(listOf(response, "access-control-allow-headers")).toEqual([
      "authorization",
      "content-type",
      "idempotency-key",
      "if-none-match",
      "last-event-id",
      "prefer",
      "traceparent",
      "x-request-id",
    ]);
    expect(response.headers.get("access-control-max-age")).toBe("7200");
    expect(response.headers.has("access-control-allow-credentials")).toBe(false);
    expect(response.headers.get("x-request-id")).toBeTruthy();
  });

  test("a page reads answers and problems, and the headers that it needs", async () => {
    const answers = await Promise.all([
      post(api.url, { query: "a", candidates: ["b"] }, { Origin: PAGE }),
      post(api.url, {}, { Origin: PAGE }),
      fetch(`${api.url}/v1/nothing`, { headers: { Origin: PAGE } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([202, 422, 404]);
    for (const response of answers) {
      expect(response.headers.get("access-control-allow-origin")).toBe(PAGE);
      expect(response.headers.get("vary")).toContain("Origin");
      expect(listOf(response, "access-control-expose-headers")).toEqual([
        "etag",
        "idempotency-replayed",
        "link",
        "location",
        "preference-applied",
        "ratelimit",
        "ratelimit-policy",
        "retry-after",
        "x-request-id",
      ]);
    }
    expect(answers[1]!.headers.get("content-type")).toBe("application/problem+json");
  });

  test.each([
    ELSEWHERE,
    "null",
    `${PAGE}.evil.com`,
    "https://app.example.com:8443",
    "http://app.example.com",
  ])("a page of %s may not", async (origin) => {
    const answers = [
      await preflight(`${api.url}/v1/jobs`, origin),
      await fetch(`${api.url}/v1/queue`, { headers: { Origin: origin } }),
    ];
    for (const response of answers) {
      expect(response.headers.has("access-control-allow-origin")).toBe(false);
      // A cache must not hand it to a page that may.
      expect(response.headers.get("vary")).toContain("Origin");
    }
  });

  test("an OPTIONS that is no preflight is a wrong method", async () => {
    const response = await fetch(`${api.url}/v1/queue`, { method: "OPTIONS", headers: { Origin: PAGE } });
    expect((await readProblem(response)).status).toBe(405);
  });

  test("Bull Board is no page's to read", async () => {
    const response = await fetch(`${api.url}/admin/queues/api/queues`, { headers: { Origin: PAGE } });
    expect(corsHeaders(response)).toEqual([]);
  });
});

test("with all origins allowed, any page may", async () => {
  const api = await startInProcessApi(newEnv("*"));
  for (const response of [
    await preflight(`${api.url}/v1/jobs`, ELSEWHERE),
    await fetch(`${api.url}/v1/queue`, { headers: { Origin: ELSEWHERE } }),
  ]) {
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.has("access-control-allow-credentials")).toBe(false);
  }
  await api.close();
});

test("without configuration no page may, and a preflight is a wrong method", async () => {
  const api = await startInProcessApi(newEnv(""));
  const refused = await preflight(`${api.url}/v1/jobs`, PAGE);
  expect([refused.status, refused.headers.get("allow"), corsHeaders(refused)]).toEqual([
    405,
    "GET, POST, HEAD",
    [],
  ]);
  const answer = await fetch(`${api.url}/v1/queue`, { headers: { Origin: PAGE } });
  expect([answer.status, corsHeaders(answer)]).toEqual([200, []]);
  await api.close();
});

test("what is no origin stops the start, and says why", async () => {
  await expect(startApiProcess(newEnv("https://app.example.com/path"))).rejects.toThrow(
    "cannot start: CORS_ORIGINS is neither * nor origins separated by commas, such as https://app.example.com",
  );
});
