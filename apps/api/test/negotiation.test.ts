import { afterAll, beforeAll, expect, test } from "vitest";
import { json, post, readProblem, readQueue } from "../../../test/support/client.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";
import { chooseMediaType } from "../src/negotiation/choose-media-type.ts";

interface Answer {
  content?: Record<string, object>;
}

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Answer> }>>;
}

let api: InProcessApi;

beforeAll(async () => {
  api = await startInProcessApi({ REDIS_URL: redisUrl(), KEY_PREFIX: uniqueKeyPrefix() });
});
afterAll(() => api.close());

/** Every documented route of the versions, and what it answers with when all is well. */
const readRoutes = async () => {
  const { paths } = await json<Document>(fetch(`${api.url}/openapi.json`));
  const versioned = Object.entries(paths).filter(([path]) => /^\/v\d\//.test(path));
  return versioned.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { responses }]) => ({
      method: method.toUpperCase(),
      url: api.url + path.replace(/\{\w+\}/, "job_0"),
      responses,
      mediaTypes: Object.keys(responses["200"]?.content ?? {}),
    })),
  );
};

test("every route that answers with something says 406, and what there is, to who accepts none of it", async () => {
  const routes = (await readRoutes()).filter(({ mediaTypes }) => mediaTypes.length > 0);
  expect(routes.length).toBeGreaterThanOrEqual(6);
  for (const { method, url, responses, mediaTypes } of routes) {
    expect([url, Object.keys(responses)]).toEqual([url, expect.arrayContaining(["406"])]);
    for (const accept of ["image/png", "application/problem+json", `*/*, ${mediaTypes.join(";q=0, ")};q=0`]) {
      const response = await fetch(url, { method, headers: { accept } });
      const problem = await readProblem(response);
      expect([url, response.status, problem]).toEqual([
        url,
        406,
        expect.objectContaining({ type: "/problems/not-acceptable", available: mediaTypes }),
      ]);
    }
  }
});

test("no route says 406 to who accepts what it answers with, by whatever range", async () => {
  for (const { method, url, mediaTypes } of await readRoutes()) {
    const ranges = mediaTypes.flatMap((mediaType) => [mediaType, mediaType.replace(/\/.*/, "/*")]);
    for (const accept of ["", "*/*", "text/html,application/xml;q=0.9,*/*;q=0.8", ...ranges]) {
      const { status } = await fetch(url, { method, headers: { accept } });
      expect([url, accept, status]).not.toEqual([url, accept, 406]);
    }
  }
});

test("a job whose acceptance its client would not understand is not accepted", async () => {
  const { depth } = await readQueue(api.url);
  const response = await post(api.url, { query: "a", candidates: ["a"] }, { Accept: "text/html" });
  expect(response.status).toBe(406);
  expect((await readQueue(api.url)).depth).toBe(depth);
});

test("a problem is sent as what it is, whatever is accepted, and a wrong path or method is told first", async () => {
  const headers = { accept: "image/png" };
  const statusOf = async (path: string, method: string) =>
    (await readProblem(await fetch(api.url + path, { method, headers }))).status;
  expect(await statusOf("/v1/nothing", "GET")).toBe(404);
  expect(await statusOf("/v1/queue", "POST")).toBe(405);
});

test("probes answer whatever is accepted", async () => {
  const { status } = await fetch(`${api.url}/healthz`, { headers: { accept: "text/plain" } });
  expect(status).toBe(200);
});

const JSON_TYPE = "application/json";
const CSV = "text/csv; charset=utf-8; header=present";
const NDJSON = "application/x-ndjson";

test.each([
  [undefined, JSON_TYPE],
  ["", JSON_TYPE],
  ["*/*", JSON_TYPE],
  ["application/*", JSON_TYPE],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON_TYPE],
  ["application/json", JSON_TYPE],
  ["APPLICATION/JSON", JSON_TYPE],
  ["application/json; charset=utf-8", JSON_TYPE],
  ['application/json; charset="UTF-8"; q=0.5', JSON_TYPE],
  ["text/csv", CSV],
  ["text/*", CSV],
  ["text/csv; header=present", CSV],
  ["text/csv;charset=UTF-8", CSV],
  ["text/csv, application/json", CSV],
  ["application/json, text/csv", JSON_TYPE],
  ["text/csv;q=0.4, application/json;q=0.5", JSON_TYPE],
  ["text/csv;q=0.5, application/json;q=0.4", CSV],
  ["application/json;q=0.001, */*;q=0", JSON_TYPE],
  ["*/*;q=0.9, application/json;q=0.1, text/csv;q=0", NDJSON],
  ["application/json;q=0, application/*", NDJSON],
  ["application/*;q=0.5, application/json;q=0.2, text/csv;q=0.3", NDJSON],
  ["application/x-ndjson;q=1.0, text/csv;q=1.0;x=1", NDJSON],
])("of three that %j accepts, %s is the one", (accept, mediaType) => {
  expect(chooseMediaType(accept, [JSON_TYPE, CSV, NDJSON])).toBe(mediaType);
});

test.each([
  "text/html",
  "json",
  "application/json;q=0",
  "*/*;q=0",
  "text/csv; header=absent",
  "application/json; charset=utf-16",
  "application/problem+json",
  ",;,q=1",
])("of three %j accepts none", (accept) => {
  expect(() => chooseMediaType(accept, [JSON_TYPE, CSV, NDJSON])).toThrow(
    expect.objectContaining({ slug: "not-acceptable" }),
  );
});
