import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { LookupAddress } from "node:dns";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { AllowedHost, WebhookRules } from "@semblance/shared/webhook/webhook-rules";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { isDelivered, type PostRequest, postWebhook } from "../src/webhooks/post-webhook.ts";
import { type Receiver, receive, receiveHttp } from "./receiver.ts";

const BODY = Buffer.from('{"type":"job.succeeded","data":"žluťoučký"}');

/** For what ends by itself. */
const LONG_MS = 20_000;
/** For what has to be ended, and comes to that in far less. */
const SHORT_MS = 1_000;

const rulesOf = (allowHosts: AllowedHost[] = [], ports: number[] = []): WebhookRules => ({
  allowHttp: true,
  ports,
  allowHosts,
});

const post = (url: string, rules: WebhookRules, request: Partial<PostRequest> = {}) =>
  postWebhook({
    url,
    body: BODY,
    headers: { "content-type": "application/json" },
    rules,
    timeoutMs: LONG_MS,
    signal: new AbortController().signal,
    ...request,
  });

/** To a receiver that is listed, so that it may be on this machine. */
const postTo = ({ port }: Receiver, request: Partial<PostRequest> = {}) =>
  post(`http://127.0.0.1:${port}/hook?secret=path`, rulesOf([{ hostname: "127.0.0.1", port }]), request);

const address = (text: string): LookupAddress => ({ address: text, family: text.includes(":") ? 6 : 4 });

/** Answers as told, one look-up after the other, and goes on with the last. */
const resolveTo = (...answers: string[][]) => {
  let lookups = 0;
  const resolve = async () => {
    lookups += 1;
    return answers[Math.min(lookups, answers.length) - 1]!.map(address);
  };
  return { resolve, lookups: () => lookups };
};

/** Of 2000::/3, as public addresses are, and of a part that IANA has never given out: nobody is there. */
const NOBODY = "2e00::1";

/** Writes again and again, as fast as it is taken, so many bytes in all. */
const pour = (socket: Socket, piece: Buffer, bytesMax: number) => {
  let bytes = 0;
  const write = () => {
    while (bytes < bytesMax && !socket.destroyed) {
      bytes += piece.length;
      if (!socket.write(piece)) return void socket.once("drain", write);
    }
  };
  write();
};

const GIGABYTE = 2 ** 30;
/** What the buffers of sockets take on the way is far less. */
const LITTLE = 2 ** 26;

test("a webhook is POSTed as it is, without asking for compression, on a connection that ends with it", async () => {
  const seen: { request: IncomingMessage; body: string }[] = [];
  const receiver = await receiveHttp(async (request, response) => {
    seen.push({ request, body: await text(request) });
    response.writeHead(202).end("thanks");
  });
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const outcome = await postTo(receiver, { headers: { "webhook-id": "dlv_1" } });
    expect(outcome).toEqual({
      status: 202,
      error: null,
      answer: "thanks",
      retryAfterS: null,
      durationMs: expect.any(Number),
    });
    expect(isDelivered(outcome)).toBe(true);
    expect(receiver.connections()).toBe(attempt);
    await receiver.allClosed();
  }
  const { request, body } = seen[0]!;
  expect(request).toMatchObject({ method: "POST", url: "/hook?secret=path", httpVersion: "1.1" });
  expect(body).toBe(BODY.toString());
  expect(request.headers).toEqual({
    host: `127.0.0.1:${receiver.port}`,
    connection: "close",
    "user-agent": "Semblance-Webhooks/1",
    "webhook-id": "dlv_1",
    "content-length": String(BODY.length),
  });
});

describe("no connection is made to a forbidden address", () => {
  let forbidden: Receiver[];

  /** How many connections were made; those of the test come after them, so that none is still to be counted. */
  const connections = async () => {
    let made = 0;
    for (const { host, port, connections } of forbidden) {
      await once(connect(port, host).resume(), "close");
      made += connections() - 1;
    }
    return made;
  };
  const rules = () => rulesOf([], [forbidden[0]!.port]);
  const urlOf = (host: string) => `http://${host}:${forbidden[0]!.port}/`;

  const listen = async () => {
    const v4 = await receive((socket) => socket.resume().end());
    // Where there is no IPv6, there is nobody to be reached by it.
    const v6 = await receive((socket) => socket.resume().end(), "::1", v4.port).catch(() => null);
    forbidden = v6 === null ? [v4] : [v4, v6];
  };

  test("a listener there counts those that are allowed, by name and by address", async () => {
    await listen();
    const { port } = forbidden[0]!;
    const hosts = ["localhost", "127.0.0.1", "[::1]"].map((hostname) => ({ hostname, port }));
    for (const { hostname } of hosts) await post(urlOf(hostname), rulesOf(hosts));
    expect(await connections()).toBe(forbidden.length + 1);
  });

  test.each([
    ...[
      "127.0.0.1",
      "127.0.0.1.",
      "127.1",
      "0.0.0.0",
      "0",
      "2130706433",
      "0x7f000001",
      "0177.0.0.1",
      "0x7f.1",
    ],
    ...["１２７.0.0.1", "localhost", "LOCALHOST.", "hook.localhost", "ⓛocalhost"],
    ...["[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]"],
  ])("as the URL's host: %s", async (host) => {
    await listen();
    expect(await post(urlOf(host), rules())).toMatchObject({
      status: null,
      error: { code: "refused_url", message: expect.stringMatching(/ is not a public (one|host)$/) },
    });
    expect(await connections()).toBe(0);
  });

  test.each([
    ...["127.0.0.1", "::1", "::", "0.0.0.0", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"].map(
      (to) => [[to]],
    ),
    ...["10.0.0.1", "169.254.169.254", "fe80::1%lo"].map((to) => [[to]]),
    [[NOBODY, "127.0.0.1"]],
    [["127.0.0.1", NOBODY]],
  ])("as what a host's name leads to: %j", async (addresses) => {
    await listen();
    const { resolve, lookups } = resolveTo(addresses);
    expect(await post(urlOf("hook.example"), rules(), { resolve })).toMatchObject({
      status: null,
      error: {
        code: "refused_address",
        message: "the host's name leads to an address that is not a public one",
      },
    });
    expect([lookups(), await connections()]).toEqual([1, 0]);
  });

  test("as what a second look-up says, in the same attempt or in the next", async () => {
    await listen();
    const { resolve, lookups } = resolveTo([NOBODY], ["127.0.0.1"]);
    const first = await post(urlOf("hook.example"), rules(), { resolve, timeoutMs: SHORT_MS });
    expect(["unreachable", "timed_out"]).toContain(first.error?.code);
    expect(lookups()).toBe(1);
    const second = await post(urlOf("hook.example"), rules(), { resolve });
    expect(second.error?.code).toBe("refused_address");
    expect([lookups(), await connections()]).toEqual([2, 0]);
  });

  test.each([301, 302, 303, 307, 308])("as where a receiver redirects to, by %i", async (status) => {
    await listen();
    const receiver = await receiveHttp((_, response) => {
      response.writeHead(status, { location: urlOf("127.0.0.1") }).end();
    });
    const outcome = await postTo(receiver);
    expect(outcome).toMatchObject({ status, error: null });
    expect(isDelivered(outcome)).toBe(false);
    expect(await connections()).toBe(0);
  });
});

test("what is connected to is what the look-up of this attempt said", async () => {
  const receiver = await receiveHttp((_, response) => response.end());
  const { resolve, lookups } = resolveTo(["127.0.0.1"], ["127.0.0.9"]);
  const allowed = rulesOf([{ hostname: "hook.example", port: receiver.port }]);
  expect(await post(`http://hook.example:${receiver.port}/`, allowed, { resolve })).toMatchObject({
    status: 200,
  });
  expect([lookups(), receiver.connections()]).toEqual([1, 1]);
});

test("of several addresses the next is tried when one is not answered at", async () => {
  const receiver = await receiveHttp((_, response) => response.end());
  const { resolve } = resolveTo(["127.0.0.9", "127.0.0.1"]);
  const allowed = rulesOf([{ hostname: "hook.example", port: receiver.port }]);
  expect(await post(`http://hook.example:${receiver.port}/`, allowed, { resolve })).toMatchObject({
    status: 200,
  });
});

describe("a host's name", () => {
  const url = "https://hook.example/";
  test.each([
    ["that is not found", () => Promise.reject(new Error("ENOTFOUND"))],
    ["without addresses", () => Promise.resolve([])],
  ])("%s is told of", async (_, resolve) => {
    expect(await post(url, rulesOf(), { resolve })).toMatchObject({ error: { code: "unresolved" } });
  });

  test("that is looked up without an end is waited for no longer than the attempt", async () => {
    const resolve = () => new Promise<never>(() => undefined);
    expect(await post(url, rulesOf(), { resolve, timeoutMs: SHORT_MS })).toMatchObject({
      status: null,
      error: { code: "timed_out" },
    });
  });
});

const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";

describe("a receiver that", () => {
  test.each<[string, (socket: Socket) => void, string]>([
    ["never answers", (socket) => socket.resume(), "timed_out"],
    [
      "sends one byte at a time, without an end",
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nX: ");
        const drip = setInterval(() => socket.write("x"), 20);
        socket.resume().on("close", () => clearInterval(drip));
      },
      "timed_out",
    ],
    [
      "is about to go on for ever",
      (socket) => {
        const drip = setInterval(() => socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"), 20);
        socket.resume().on("close", () => clearInterval(drip));
      },
      "timed_out",
    ],
    ["closes without an answer", (socket) => socket.resume().once("data", () => socket.end()), "closed"],
    ["resets the connection", (socket) => socket.once("data", () => socket.resetAndDestroy()), "closed"],
    ["closes at once", (socket) => socket.resume().end(), "closed"],
    ["closes within the headers", (socket) => socket.resume().end(HEAD), "closed"],
    ["has no status", (socket) => socket.resume().end("HTTP/1.1 000 Nothing\r\n\r\n"), "bad_answer"],
    [
      "floods with interim answers",
      (socket) =>
        pour(socket.resume(), Buffer.from("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1_000)), GIGABYTE),
      "bad_answer",
    ],
    ["speaks no HTTP", (socket) => socket.resume().end("220 smtp.example ESMTP\r\n"), "bad_answer"],
    [
      "switches protocols",
      (socket) => socket.resume().write("HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
      "closed",
    ],
    [
      "sends a gigabyte of headers",
      (socket) => {
        socket.resume().write(HEAD);
        pour(socket, Buffer.from(`X-Filler: ${"x".repeat(1_000)}\r\n`), GIGABYTE);
      },
      "bad_answer",
    ],
  ])("%s is told of, and left", async (_, onConnection, code) => {
    let bytesWritten = 0;
    const receiver = await receive((socket) => {
      onConnection(socket);
      socket.once("close", () => {
        bytesWritten = socket.bytesWritten;
      });
    });
    const outcome = await postTo(receiver, { timeoutMs: code === "timed_out" ? SHORT_MS : LONG_MS });
    expect(outcome).toMatchObject({ status: null, error: { code }, answer: null, retryAfterS: null });
    expect(isDelivered(outcome)).toBe(false);
    expect(JSON.stringify(outcome)).not.toMatch(/secret|127\.0\.0\.1/);
    await receiver.allClosed();
    expect(receiver.connections()).toBe(1);
    expect(bytesWritten).toBeLessThan(LITTLE);
  });

  test("reads nothing is left when time is up, however large the webhook", async () => {
    const sockets: Socket[] = [];
    const receiver = await receive((socket) => sockets.push(socket.pause()));
    const outcome = await postTo(receiver, { timeoutMs: SHORT_MS, body: Buffer.alloc(LITTLE) });
    expect(outcome).toMatchObject({ status: null, error: { code: "timed_out" } });
    // That the other end is gone is seen by who reads.
    for (const socket of sockets) socket.resume();
    await receiver.allClosed();
  });

  test("is not there is told of", async () => {
    // Nobody listens at port 1.
    const allowed = rulesOf([{ hostname: "127.0.0.1", port: 1 }]);
    expect(await post("http://127.0.0.1:1/", allowed)).toMatchObject({ error: { code: "unreachable" } });
  });

  test("accepts a connection and no TLS on it is left when time is up", async () => {
    const receiver = await receive((socket) => socket.resume());
    const { port } = receiver;
    const outcome = await post(`https://127.0.0.1:${port}/`, rulesOf([{ hostname: "127.0.0.1", port }]), {
      timeoutMs: SHORT_MS,
    });
    expect(outcome).toMatchObject({ status: null, error: { code: "timed_out" } });
    await receiver.allClosed();
  });

  test.each<[string, (socket: Socket) => void, string, boolean]>([
    ["closes mid-body", (socket) => socket.end(`${HEAD}Content-Length: 1000\r\n\r\nhalf`), "half", false],
    [
      "breaks its chunks",
      (socket) => socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz`),
      "half",
      false,
    ],
    [
      "sends the body one byte at a time, without an end",
      (socket) => {
        socket.write(`${HEAD}\r\nfirst`);
        const drip = setInterval(() => socket.write("\0"), 20);
        socket.on("close", () => clearInterval(drip));
      },
      "first",
      true,
    ],
    [
      "hides a gigabyte beside its chunks",
      (socket) => {
        socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n1;`);
        pour(socket, Buffer.alloc(65_536, "x"), GIGABYTE);
      },
      "",
      false,
    ],
    [
      "sends a gigabyte",
      (socket) => {
        socket.write(`${HEAD}Content-Length: ${GIGABYTE}\r\n\r\n`);
        pour(socket, Buffer.alloc(65_536, "x"), GIGABYTE);
      },
      "x".repeat(1_024),
      false,
    ],
  ])("answers 200 and %s has got the webhook", async (_, onConnection, answer, isEndless) => {
    let bytesWritten = 0;
    const receiver = await receive((socket) => {
      socket.once("close", () => {
        bytesWritten = socket.bytesWritten;
      });
      socket.resume().once("data", () => onConnection(socket));
    });
    const outcome = await postTo(receiver, { timeoutMs: isEndless ? SHORT_MS : LONG_MS });
    expect(outcome).toMatchObject({ status: 200, error: null });
    expect(outcome.answer?.replaceAll("\uFFFD", "")).toBe(answer);
    expect(isDelivered(outcome)).toBe(true);
    await receiver.allClosed();
    expect(receiver.connections()).toBe(1);
    expect(bytesWritten).toBeLessThan(LITTLE);
  });
});

describe("with time in the test's hands", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  test("of 15 s, a receiver that answers 200 after 14.9 s has got the webhook, and one that has not after 15 s has not", async () => {
    for (const [afterMs, expected] of [
      [14_900, { status: 200, error: null }],
      [15_000, { status: null, error: { code: "timed_out", message: "no answer came in time" } }],
    ] as const) {
      const asked = Promise.withResolvers<() => void>();
      const receiver = await receiveHttp((_, response) => asked.resolve(() => response.end()));
      const outcome = postTo(receiver, { timeoutMs: 15_000 });
      const answer = await asked.promise;
      vi.advanceTimersByTime(afterMs);
      answer();
      expect(await outcome).toMatchObject(expected);
      expect(vi.getTimerCount()).toBe(0);
    }
  });
});

describe("a shutdown", () => {
  test("before the attempt makes neither a look-up nor a connection", async () => {
    const receiver = await receiveHttp((_, response) => response.end());
    const { resolve, lookups } = resolveTo(["127.0.0.1"]);
    const allowed = rulesOf([{ hostname: "hook.example", port: receiver.port }]);
    const outcome = await post(`http://hook.example:${receiver.port}/`, allowed, {
      resolve,
      signal: AbortSignal.abort(),
    });
    expect(outcome).toMatchObject({ status: null, error: { code: "aborted" } });
    expect([lookups(), receiver.connections()]).toEqual([0, 0]);
  });

  test("while a name is looked up ends the attempt", async () => {
    const shutdown = new AbortController();
    const resolve = () => {
      setImmediate(() => shutdown.abort());
      return new Promise<never>(() => undefined);
    };
    expect(
      await post("https://hook.example/", rulesOf(), { signal: shutdown.signal, resolve }),
    ).toMatchObject({ error: { code: "aborted" } });
  });

  test("before an answer ends the attempt, and its connection", async () => {
    const shutdown = new AbortController();
    const receiver = await receiveHttp(() => shutdown.abort());
    expect(await postTo(receiver, { signal: shutdown.signal })).toMatchObject({
      status: null,
      error: { code: "aborted", message: "this service ended meanwhile" },
    });
    await receiver.allClosed();
  });

  test("within the answer's body does not undo a delivery", async () => {
    const shutdown = new AbortController();
    const onHeaders = () => setImmediate(() => shutdown.abort());
    subscribe("undici:request:headers", onHeaders);
    onTestFinished(() => void unsubscribe("undici:request:headers", onHeaders));
    const receiver = await receive((socket) => {
      socket.once("data", () => socket.write(`${HEAD}\r\nbegun`));
    });
    expect(await postTo(receiver, { signal: shutdown.signal })).toMatchObject({
      status: 200,
      answer: "begun",
    });
    await receiver.allClosed();
  });
});

describe("of the answer", () => {
  const answered = async (status: number, body: Buffer, headers: Record<string, string> = {}) =>
    postTo(await receiveHttp((_, response) => response.writeHead(status, headers).end(body)));

  test.each([199, 300, 304, 400, 404, 410, 429, 500, 503])("%i is no success", async (status) => {
    const outcome = await postTo(
      await receive((socket) => socket.resume().end(`HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`)),
      { timeoutMs: SHORT_MS },
    );
    expect(isDelivered(outcome)).toBe(false);
  });

  test("any 2xx is", async () => {
    for (const status of [200, 201, 202, 204, 299]) {
      expect(isDelivered(await answered(status, Buffer.alloc(0)))).toBe(true);
    }
  });

  test("Retry-After is told", async () => {
    const outcome = await answered(503, Buffer.from("later"), { "retry-after": "120" });
    expect(outcome).toMatchObject({ status: 503, error: null, retryAfterS: 120, answer: "later" });
  });

  test("the first KiB is kept, as text that is safe to show", async () => {
    const answer = async (bytes: Buffer) => (await answered(500, bytes)).answer;
    expect(await answer(Buffer.from("a\tb\r\nc\n\u0000\u001b[31m\u007f\u0085\r"))).toBe(
      "a\tb\nc\n\uFFFD\uFFFD[31m\uFFFD\uFFFD\uFFFD",
    );
    expect(await answer(Buffer.from([0x61, 0xff, 0xc3]))).toBe("a\uFFFD\uFFFD");
    expect(await answer(Buffer.from(`${"x".repeat(1_023)}žž`))).toBe("x".repeat(1_023));
    expect(await answer(Buffer.from("x".repeat(2_000)))).toBe("x".repeat(1_024));
    expect(await answer(Buffer.alloc(0))).toBe("");
  });
});
