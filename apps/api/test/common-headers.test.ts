import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { cancel, post, readProblem, submit } from "../../../test/support/client.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { startInProcessWorker } from "../../../test/support/in-process-worker.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { untilEnded } from "../../../test/support/raw-connection.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";

const submission = { query: "a", candidates: ["a", "b"] };
const POLICY = "default-src 'none'; frame-ancestors 'none'";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

let env: Record<string, string>;
let api: InProcessApi;

beforeAll(async () => {
  env = { REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() };
  api = await startInProcessApi(env);
});
afterAll(() => api.close());

/** What a connection came to, as fetch would have it. */
const sendRaw = async (text: string): Promise<Response> => {
  const ended = await untilEnded(api.url, (socket) => socket.write(text));
  const [head, body] = ended.text.split("\r\n\r\n");
  const [, ...lines] = head!.split("\r\n");
  const headers = lines.map((line) => line.split(": ") as [string, string]);
  return new Response(body, { status: ended.statuses[0]!, headers });
};

describe("every answer forbids to be sniffed, framed, embedded, and kept", () => {
  const answers: [string, number, () => Promise<Response>][] = [
    ["an accepted job", 202, () => post(api.url, submission)],
    ["the queue", 200, () => fetch(`${api.url}/v1/queue`)],
    ["a problem", 422, () => post(api.url, {})],
    ["what is not there", 404, () => fetch(`${api.url}/nothing`)],
    ["a wrong method", 405, () => fetch(`${api.url}/v1/queue`, { method: "PUT" })],
    ["health", 200, () => fetch(`${api.url}/healthz`)],
    ["the OpenAPI document", 200, () => fetch(`${api.url}/openapi.json`)],
    ["no HTTP", 400, () => sendRaw("NONSENSE\r\n\r\n")],
    ["a request without a host", 400, () => sendRaw("GET /healthz HTTP/1.1\r\n\r\n")],
    ["too large headers", 431, () => sendRaw(`GET / HTTP/1.1\r\nX-Large: ${"x".repeat(20_000)}\r\n\r\n`)],
    ["a tunnel", 405, () => sendRaw("CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n")],
  ];

  test.each(answers)("%s", async (_, status, ask) => {
    const response = await ask();
    expect([response.status, Object.fromEntries(response.headers)]).toEqual([
      status,
      expect.objectContaining({
        "cache-control": "no-store",
        "content-security-policy": POLICY,
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-request-id": expect.stringMatching(UUID),
      }),
    ]);
    // Over plain HTTP a browser ignores it, and none of the others is of any use.
    for (const name of ["strict-transport-security", "x-powered-by", "x-xss-protection", "server"]) {
      expect(response.headers.has(name), name).toBe(false);
    }
  });

  test("a stream of events", async () => {
    const { id } = await submit(api.url, submission);
    await cancel(api.url, id);
    const { headers } = await fetch(`${api.url}/v1/jobs/${id}/events`);
    expect(headers.get("content-security-policy")).toBe(POLICY);
    expect(headers.get("cache-control")).toBe("no-cache");
    expect(headers.get("x-request-id")).toMatch(UUID);
  });
});

test("a result may be kept by its client, which asks each time whether it still is there", async () => {
  const worker = await startInProcessWorker(env);
  onTestFinished(() => worker.close());
  const response = await post(api.url, submission, { Prefer: "wait=20" });
  const etag = response.headers.get("etag")!;
  expect([response.status, response.headers.get("cache-control")]).toEqual([200, "private, no-cache"]);
  const again = await fetch(`${api.url}${response.headers.get("location")}/result`, {
    headers: { "If-None-Match": etag },
  });
  expect([again.status, again.headers.get("cache-control")]).toEqual([304, "private, no-cache"]);
});

test("Bull Board may load its own parts and nothing else, and is as closed otherwise", async () => {
  const { headers } = await fetch(`${api.url}/admin/queues`);
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("x-request-id")).toMatch(UUID);
  expect(headers.has("x-xss-protection")).toBe(false);
  expect(headers.has("strict-transport-security")).toBe(false);
});

test.each([
  ["https://api.example.com", "max-age=31536000"],
  ["http://api.example.com", null],
])("reached under %s, clients are told to stay with HTTPS: %s", async (publicUrl, value) => {
  const own = await startInProcessApi({ ...env, PUBLIC_URL: publicUrl });
  onTestFinished(() => own.close());
  const { headers } = await fetch(`${own.url}/nothing`);
  expect(headers.get("strict-transport-security")).toBe(value);
});

describe("a request's id", () => {
  const ask = (id: string, path = "/healthz") => fetch(api.url + path, { headers: { "X-Request-Id": id } });

  test.each(["7", "checkout-42", "Root=1-67891233-abcdef", "a/b+c==", "a:b.c_d", "x".repeat(128)])(
    "is the client's: %s",
    async (id) => {
      expect((await ask(id)).headers.get("x-request-id")).toBe(id);
    },
  );

  test.each(["", "two words", "a,b", "<b>", '"a"', "é", "a;b", "$x", "x".repeat(129)])(
    "is made where the client's makes no sense: %s",
    async (id) => {
      expect((await ask(id)).headers.get("x-request-id")).toMatch(UUID);
    },
  );

  test("is another for each request, and is told in a problem, too", async () => {
    const problems = await Promise.all([fetch(`${api.url}/nothing`), fetch(`${api.url}/nothing`)]);
    const ids = problems.map((response) => response.headers.get("x-request-id"));
    expect(new Set(ids).size).toBe(2);
    const bodies = await Promise.all(problems.map(readProblem));
    expect(bodies.map((problem) => problem.request_id)).toEqual(ids);
    expect((await readProblem(await ask("mine", "/nothing"))).request_id).toBe("mine");
  });

  test("is made for what is no request", async () => {
    const response = await sendRaw("GET / HTTP/1.1\r\nX-Request-Id: mine\r\nHost: x\r\nbroken\r\n\r\n");
    const id = response.headers.get("x-request-id");
    expect(id).toMatch(UUID);
    expect((await readProblem(response)).request_id).toBe(id);
  });
});
