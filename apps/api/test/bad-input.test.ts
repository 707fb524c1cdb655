import { connect, type Socket } from "node:net";
import type { JobView } from "@semblance/shared/job/job-view";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { json, post, readProblem } from "../../../test/support/client.ts";
import { connectToRedis } from "../../../test/support/connect-to-redis.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { untilEnded } from "../../../test/support/raw-connection.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";

const keyPrefix = uniqueKeyPrefix();
const valid = { query: "Sankt Peterburg", candidates: ["Saint Petersburg"] };
let api: InProcessApi;
let redis: Redis;

beforeAll(async () => {
  redis = connectToRedis();
  api = await startInProcessApi({
    REDIS_URL: redisUrl(),
    KEY_PREFIX: keyPrefix,
    CANDIDATES_MAX: "1000",
  });
  // The first accepted job makes BullMQ write its queue's own keys.
  expect((await post(api.url, valid)).status).toBe(202);
});

afterAll(async () => {
  await api.close();
  redis.disconnect();
});

const snapshot = async () => {
  const all = await redis.keys(`${keyPrefix.replace(/[[\]{}]/g, "\\$&")}*`);
  // The sweeper's lease comes and goes by itself.
  const keys = all.filter((key) => !key.endsWith(":sweeper")).sort();
  return Promise.all(keys.map(async (key) => [key, await redis.dump(key)]));
};

const submissionWith = (fields: string) => `{"query":"a","candidates":["b"]${fields ? `,${fields}` : ""}}`;
const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));

interface Case {
  name: string;
  body: string | Uint8Array;
  status: 400 | 413 | 422;
  pointers?: string[];
  offset?: number;
}

const cases: Case[] = [
  { name: "an empty body", body: "", status: 400, offset: 0 },
  { name: "broken JSON", body: '{"query":"a",}', status: 400, offset: 13 },
  { name: "a truncated body", body: '{"query":"a","candidates":["b"', status: 400, offset: 30 },
  { name: "text after the JSON", body: `${submissionWith("")}x`, status: 400, offset: 32 },
  {
    name: "a raw control character",
    body: '{"query":"a\u0001","candidates":["b"]}',
    status: 400,
    offset: 11,
  },
  { name: "a raw control character in a candidate", body: '{"query":"a","candidates":["b\n"]}', status: 400 },
  {
    name: "invalid UTF-8",
    body: bytes('{"query":"', [0xff], '","candidates":["b"]}'),
    status: 400,
    offset: 10,
  },
  {
    name: "UTF-8 of a surrogate in a candidate",
    body: bytes('{"query":"a","candidates":["', [0xed, 0xa0, 0x80], '"]}'),
    status: 400,
    offset: 28,
  },
  { name: "a broken escape", body: '{"query":"a\\x","candidates":["b"]}', status: 400 },
  { name: "a megabyte of brackets", body: "[".repeat(2 ** 20), status: 400 },
  { name: "an array instead of an object", body: "[]", status: 422, pointers: [""] },
  { name: "null", body: "null", status: 422, pointers: [""] },
  { name: "no field at all", body: "{}", status: 422, pointers: ["/query", "/candidates"] },
  { name: "a missing query", body: '{"candidates":["b"]}', status: 422, pointers: ["/query"] },
  { name: "an empty query", body: '{"query":"","candidates":["b"]}', status: 422, pointers: ["/query"] },
  {
    name: "a query that is no string",
    body: '{"query":1,"candidates":["b"]}',
    status: 422,
    pointers: ["/query"],
  },
  {
    name: "a query over the limit",
    body: JSON.stringify({ ...valid, query: "é".repeat(65_537) }),
    status: 422,
    pointers: ["/query"],
  },
  {
    name: "an unpaired surrogate escape in the query",
    body: '{"query":"\\ud800","candidates":["b"]}',
    status: 422,
    pointers: ["/query"],
  },
  {
    name: "an unpaired surrogate escape in a candidate",
    body: '{"query":"a","candidates":["b","\\udc00"]}',
    status: 422,
    pointers: ["/candidates/1"],
  },
  { name: "missing candidates", body: '{"query":"a"}', status: 422, pointers: ["/candidates"] },
  {
    name: "candidates that are null",
    body: '{"query":"a","candidates":null}',
    status: 422,
    pointers: ["/candidates"],
  },
  {
    name: "candidates that are a string",
    body: '{"query":"a","candidates":"b"}',
    status: 422,
    pointers: ["/candidates"],
  },
  {
    name: "good candidates before others that are wrong, which are the last ones and count",
    body: '{"candidates":["b"],"query":"a","candidates":null}',
    status: 422,
    pointers: ["/candidates"],
  },
  { name: "no candidate", body: '{"query":"a","candidates":[]}', status: 422, pointers: ["/candidates"] },
  {
    name: "elements of the wrong type",
    body: '{"query":"a","candidates":["b",1,[["c"]],null]}',
    status: 422,
    pointers: ["/candidates/1", "/candidates/2", "/candidates/3"],
  },
  {
    name: "wrong fields in an element",
    body: '{"query":"a","candidates":[{"id":7,"text":"b"},{"id":"x"},{"text":"b","title":"c"}]}',
    status: 422,
    pointers: ["/candidates/0/id", "/candidates/1/text", "/candidates/2/title"],
  },
  {
    name: "more candidates than are allowed",
    body: JSON.stringify({ query: "a", candidates: Array.from({ length: 1_001 }, () => "b") }),
    status: 422,
    pointers: ["/candidates"],
  },
  {
    name: "a candidate over the limit",
    body: JSON.stringify({ query: "a", candidates: ["b", "c".repeat(65_537)] }),
    status: 422,
    pointers: ["/candidates/1"],
  },
  {
    name: "an unknown field",
    body: submissionWith('"webhooks":1,"a/b~c":2'),
    status: 422,
    pointers: ["/webhooks", "/a~1b~0c"],
  },
  {
    name: "a priority that there is not, and a webhook without a URL",
    body: submissionWith('"priority":"urgent","webhook":{}'),
    status: 422,
    pointers: ["/priority", "/webhook/url"],
  },
  {
    name: "__proto__ as a key",
    body: submissionWith('"__proto__":{"metric":"ratio"}'),
    status: 422,
    pointers: ["/__proto__"],
  },
  { name: "an unknown metric", body: submissionWith('"metric":"guess"'), status: 422, pointers: ["/metric"] },
  {
    name: "an option of another metric",
    body: submissionWith('"metric_options":{"prefix_weight":0.1}'),
    status: 422,
    pointers: ["/metric_options/prefix_weight"],
  },
  {
    name: "an option out of range",
    body: submissionWith('"metric":"jaro_winkler","metric_options":{"prefix_weight":0.5}'),
    status: 422,
    pointers: ["/metric_options/prefix_weight"],
  },
  {
    name: "an unknown normalization",
    body: submissionWith('"normalize":{"form":"NFD"}'),
    status: 422,
    pointers: ["/normalize/form"],
  },
  {
    name: "numbers out of range",
    body: submissionWith('"top_n":0,"threshold":1.5,"timeout_ms":99,"expires_in_ms":86400001'),
    status: 422,
    pointers: ["/top_n", "/threshold", "/timeout_ms", "/expires_in_ms"],
  },
  {
    name: "numbers of the wrong kind",
    body: submissionWith('"top_n":1.5,"threshold":"0.5"'),
    status: 422,
    pointers: ["/top_n", "/threshold"],
  },
  {
    name: "a timeout above the configured one",
    body: submissionWith('"timeout_ms":10001'),
    status: 422,
    pointers: ["/timeout_ms"],
  },
  {
    name: "metadata that is no string",
    body: submissionWith('"metadata":{"a":1}'),
    status: 422,
    pointers: ["/metadata/a"],
  },
  {
    name: "too much metadata",
    body: submissionWith(
      `"metadata":${JSON.stringify(Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, "v"])))}`,
    ),
    status: 422,
    pointers: ["/metadata"],
  },
  {
    name: "a long metadata value",
    body: submissionWith(`"metadata":{"a":"${"v".repeat(513)}"}`),
    status: 422,
    pointers: ["/metadata/a"],
  },
  {
    name: "__proto__ as an option",
    body: submissionWith('"metric":"jaro_winkler","metric_options":{"__proto__":{"prefix_weight":0.2}}'),
    status: 422,
    pointers: ["/metric_options/__proto__"],
  },
  {
    name: "__proto__ as a metadata key",
    body: submissionWith('"metadata":{"__proto__":"x"}'),
    status: 422,
    pointers: ["/metadata/__proto__"],
  },
  {
    name: "deeply nested JSON for a text",
    body: submissionWith(`"metadata":${"[".repeat(1_000)}${"]".repeat(1_000)}`),
    status: 422,
    pointers: ["/metadata"],
  },
  {
    name: "JSON nested deeper than could be parsed in no time",
    body: submissionWith(`"metadata":${"[".repeat(10_000)}${"]".repeat(10_000)}`),
    status: 422,
    pointers: [""],
  },
  {
    name: "more than a mebibyte beside the candidates",
    body: submissionWith(`"metadata":{"a":"${"v".repeat(2 ** 20)}"}`),
    status: 422,
    pointers: [""],
  },
  {
    name: "more fields than could be checked in no time",
    body: JSON.stringify({
      ...valid,
      ...Object.fromEntries(Array.from({ length: 1_015 }, (_, n) => [n, 0])),
    }),
    status: 422,
    pointers: [""],
  },
  {
    name: "an unknown field with a name too long to be told",
    body: submissionWith(`"${"k".repeat(1_000)}":1,"metadata":{"${"k".repeat(1_000)}":""}`),
    status: 422,
    pointers: ["/metadata", ""],
  },
  {
    name: "a wrong option beside other wrong fields",
    body: '{"candidates":[],"metric_options":{"prefix_weight":0.1},"top_n":0}',
    status: 422,
    pointers: ["/query", "/top_n", "/metric_options/prefix_weight", "/candidates"],
  },
  { name: "a body over the limit", body: submissionWith(`"x":"${"v".repeat(16 * 2 ** 20)}"`), status: 413 },
];

describe("a bad submission is refused at its place, and changes nothing in Redis", () => {
  test.each(cases)("$name: $status", async ({ body, status, pointers, offset }) => {
    const before = await snapshot();
    const response = await post(api.url, body);
    const problem = await readProblem(response);
    expect(problem.status).toBe(response.status);
    expect({ status: problem.status, pointers: problem.errors?.map((error) => error.pointer) }).toEqual({
      status,
      pointers: pointers ?? [""],
    });
    if (offset !== undefined) expect(problem.errors?.[0]?.offset).toBe(offset);
    expect(await snapshot()).toEqual(before);
  });

  test.each([
    ["no content type", {}],
    ["another content type", { "Content-Type": "text/plain" }],
    ["another charset", { "Content-Type": "application/json; charset=latin1" }],
    ["a content encoding", { "Content-Type": "application/json", "Content-Encoding": "gzip" }],
  ])("%s: 415", async (_, headers) => {
    const before = await snapshot();
    const body = Buffer.from(JSON.stringify(valid));
    const response = await fetch(`${api.url}/v1/jobs`, {
      method: "POST",
      body,
      headers: headers as Record<string, string>,
    });
    expect((await readProblem(response)).status).toBe(415);
    expect(await snapshot()).toEqual(before);
  });
});

describe("what JSON.parse accepts is accepted", () => {
  test.each([
    [
      "duplicate keys, the last one winning",
      '{"query":"x","query":"a","candidates":[1],"candidates":["b","c"]}',
      2,
    ],
    [
      "candidates twice, both good, the last ones counting",
      '{"query":"a","candidates":["x"],"candidates":["b","c"]}',
      2,
    ],
    ["candidates between other fields", '{"top_n":1,"candidates":["b"],"query":"a"}', 1],
    ["escapes in field names", '{"\\u0071uery":"a","c\\u0061ndidates":["b"]}', 1],
    ["candidates before the query", '{"candidates":["b"],"query":"a"}', 1],
    ["NUL as an escape", '{"query":"\\u0000","candidates":["\\u0000"]}', 1],
    ["a surrogate pair as escapes", '{"query":"\\ud83d\\ude00","candidates":["\\ud83d\\ude00"]}', 1],
    ["empty candidates and ids", '{"query":"a","candidates":["",{"text":""},{"id":"1","text":"b"}]}', 3],
    ["white space everywhere", ' { "query" : "a" ,\r\n\t"candidates" : [ "b" ] } ', 1],
    [
      "a text of exactly the limit",
      JSON.stringify({ query: "q".repeat(65_536), candidates: ["😀".repeat(65_536)] }),
      1,
    ],
  ])("%s", async (_, body, count) => {
    const response = await post(api.url, body);
    expect([response.status, (await json<JobView>(response)).candidate_count]).toEqual([202, count]);
  });
});

/** Sends bytes as they are, and answers with what came back until the server closed or a whole answer was there. */
const exchange = (request: (socket: Socket) => void): Promise<string> =>
  new Promise((resolve, reject) => {
    const { port, hostname } = new URL(api.url);
    const socket = connect(Number(port), hostname, () => request(socket));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
      if (answer.endsWith("}")) socket.destroy();
    });
    // A server that has answered may reset a connection whose body it does not want.
    socket.on("error", (error) => (answer === "" ? reject(error) : undefined));
    socket.on("close", () => resolve(answer));
  });

const HEAD = "POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

describe("a body is cut off", () => {
  test("over the limit by its Content-Length, before a byte of it is read", async () => {
    const answer = await exchange((socket) => socket.write(`${HEAD}Content-Length: 16777217\r\n\r\n`));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("over the limit while it streams in without a Content-Length", async () => {
    const answer = await exchange((socket) => {
      socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
      const chunk = `100000\r\n${" ".repeat(2 ** 20)}\r\n`;
      for (let sent = 0; sent < 17 && socket.writable; sent += 1) socket.write(chunk);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("where nobody wants it, though it never ends", {
    timeout: 60_000,
  }, async () => {
    const { port, hostname } = new URL(api.url);
    const heads = ["GET /v1/queue", "PUT /v1/queue", "POST /nothing"];
    const withoutHost = "POST /v1/jobs";
    await Promise.all(
      [...heads, withoutHost].map(async (head) => {
        const socket = connect(Number(port), hostname);
        socket.on("error", () => undefined).resume();
        const host = head === withoutHost ? "" : "Host: x\r\n";
        socket.write(`${head} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`);
        const send = (error?: Error | null) => {
          if (!error && !socket.destroyed) socket.write(`10000\r\n${" ".repeat(2 ** 16)}\r\n`, send);
        };
        send();
        await new Promise((resolve) => socket.once("close", resolve));
      }),
    );
  });
});

describe("a request that no route gets to see is answered with a problem, too", () => {
  test.each<[string, (socket: Socket) => void, number, string]>([
    [
      "a body that ends before its length",
      (socket) => socket.end(`${HEAD}Content-Length: 100\r\n\r\n{"query":"a"`),
      400,
      "bad-request",
    ],
    [
      "a body that ends inside a chunk",
      (socket) => socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\n64\r\n{"query":"a"`),
      400,
      "bad-request",
    ],
    ["what is no HTTP", (socket) => socket.write("hello\r\n\r\n"), 400, "bad-request"],
    ["no host", (socket) => socket.write("GET /healthz HTTP/1.1\r\n\r\n"), 400, "bad-request"],
    [
      "a host that is none",
      (socket) => socket.write("GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n"),
      400,
      "bad-request",
    ],
    [
      "headers that are too large",
      (socket) => socket.write(`${HEAD}X-Large: ${"x".repeat(20_000)}\r\n\r\n`),
      431,
      "headers-too-large",
    ],
  ])("%s", async (_, request, status, slug) => {
    const before = await snapshot();
    const answer = await exchange(request);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*application/problem\\+json`, "s"));
    expect(JSON.parse(answer.slice(answer.indexOf("{")))).toMatchObject({
      status,
      type: `/problems/${slug}`,
    });
    expect(await snapshot()).toEqual(before);
  });

  test("but not at the cost of the whole one before it, whose answer is still due", async () => {
    const body = JSON.stringify(valid);
    const answer = await exchange((socket) =>
      socket.write(`${HEAD}Content-Length: ${body.length}\r\n\r\n${body}garbage\r\n\r\n`),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 202 /);
    expect(answer).not.toContain("bad-request");
  });

  test("and without a body where HEAD asks for none", async () => {
    const { statuses, problem } = await untilEnded(api.url, (socket) =>
      socket.write(`HEAD /healthz HTTP/1.1\r\nHost: x\r\nX-Large: ${"x".repeat(20_000)}\r\n\r\n`),
    );
    expect({ statuses, problem }).toEqual({ statuses: [431], problem: null });
  });

  test("also one that wants a tunnel", async () => {
    const answer = await exchange((socket) => socket.write("CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n"));
    expect(answer).toMatch(/^HTTP\/1\.1 405 .*\/problems\/method-not-allowed/s);
  });

  test("but an expectation that is unheard of is ignored", async () => {
    const answer = await exchange((socket) =>
      socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n"),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});
