import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { json, readQueue } from "../../../test/support/client.ts";
import { type InProcessApi, startInProcessApi } from "../../../test/support/in-process-api.ts";
import { uniqueKeyPrefix } from "../../../test/support/key-prefix.ts";
import { pump, untilEnded } from "../../../test/support/raw-connection.ts";
import { redisUrl } from "../../../test/support/redis-url.ts";

const BODY_BYTES_MAX = 65_536;
const HEAD = "POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
const CLOSE = "Connection: close\r\n";
const CHUNKED = "Transfer-Encoding: chunked\r\n";
const VALID = '{"query":"a","candidates":["b"]}';
const LENGTH = `Content-Length: ${VALID.length}\r\n`;
const VALID_CHUNK = `${VALID.length.toString(16)}\r\n${VALID}\r\n`;
const LAST = "0\r\n\r\n";

let api: InProcessApi;

beforeAll(async () => {
  api = await startInProcessApi({
    REDIS_URL: redisUrl(),
    KEY_PREFIX: uniqueKeyPrefix(),
    BODY_BYTES_MAX: String(BODY_BYTES_MAX),
    REQUEST_TIMEOUT_MS: "2000",
  });
});

afterAll(() => api.close());

/** What one reader takes for a body and another for a request would be a job that nobody sent: so no job comes of it. */
const sendInVain = async (...parts: string[]) => {
  const { depth } = await readQueue(api.url);
  const ended = await untilEnded(api.url, (socket) => socket.write(parts.join("")));
  expect((await readQueue(api.url)).depth).toBe(depth);
  return ended;
};

describe("a length that lies is refused, and nothing of it becomes a job", () => {
  test.each(["abc", "-1", "+32", "0x20", "3.2e1", "32, 32", "32 32", "", "1".repeat(30)])(
    "one that is no number: %j",
    async (length) => {
      expect(await sendInVain(HEAD, `Content-Length: ${length}\r\n\r\n`, VALID)).toMatchObject({
        statuses: [400],
        problem: "bad-request",
      });
    },
  );

  test.each<[string, string[]]>([
    ["two that differ", [LENGTH, "Content-Length: 33\r\n\r\n", VALID]],
    ["two that are equal", [LENGTH, LENGTH, "\r\n", VALID]],
    ["a length before chunks", [LENGTH, CHUNKED, "\r\n", VALID_CHUNK, LAST]],
    ["a length after chunks", [CHUNKED, LENGTH, "\r\n", VALID_CHUNK, LAST]],
    ["a coding that tells no length", ["Transfer-Encoding: gzip\r\n\r\n", VALID]],
    ["chunks inside of another coding", ["Transfer-Encoding: chunked, identity\r\n\r\n", VALID_CHUNK, LAST]],
  ])("%s", async (_, parts) => {
    expect(await sendInVain(HEAD, ...parts)).toMatchObject({ statuses: [400], problem: "bad-request" });
  });

  test.each([String(BODY_BYTES_MAX + 1), String(2n ** 53n + 1n), String(2n ** 64n - 1n)])(
    "one above the limit: %s",
    async (length) => {
      expect(await sendInVain(HEAD, `Content-Length: ${length}\r\n\r\n`, VALID)).toMatchObject({
        statuses: [413],
        problem: "body-too-large",
      });
    },
  );

  test("one that is smaller than what comes: the rest is no part of it, and no request", async () => {
    expect(await sendInVain(HEAD, "Content-Length: 10\r\n\r\n", VALID)).toMatchObject({
      statuses: [400],
      problem: "invalid-json",
    });
  });

  test("one that is larger than what comes: the next request is its body", async () => {
    const next = [HEAD, CLOSE, LENGTH, "\r\n", VALID].join("");
    const length = VALID.length + next.length;
    expect(await sendInVain(HEAD, CLOSE, `Content-Length: ${length}\r\n\r\n`, VALID, next)).toMatchObject({
      statuses: [400],
      problem: "invalid-json",
    });
  });
});

describe("a body in chunks", () => {
  test.each<[string, (socket: Socket) => void]>([
    ["in one", (socket) => socket.write([HEAD, CLOSE, CHUNKED, "\r\n", VALID_CHUNK, LAST].join(""))],
    [
      "a byte in each, with extensions and trailers",
      (socket) => {
        socket.write([HEAD, CLOSE, CHUNKED, "\r\n"].join(""));
        for (const byte of VALID) socket.write(`001;a="b"\r\n${byte}\r\n`);
        socket.write("0\r\nX-Sum: 5\r\n\r\n");
      },
    ],
    [
      "of exactly the limit",
      (socket) => {
        const size = BODY_BYTES_MAX.toString(16);
        socket.write([HEAD, CLOSE, CHUNKED, "\r\n", size, "\r\n"].join(""));
        socket.write(`${VALID.padEnd(BODY_BYTES_MAX)}\r\n${LAST}`);
      },
    ],
  ])("is read: %s", async (_, request) => {
    expect(await untilEnded(api.url, request)).toMatchObject({ statuses: [202] });
  });

  test("is cut off with 413 soon after it passes the limit, though it would go on", async () => {
    const PIECE = `10000\r\n${" ".repeat(2 ** 16)}\r\n`;
    // Far more than what lies in the buffers between both ends.
    const PIECES_MAX = 4_096;
    let taken = 0;
    const ended = await untilEnded(api.url, (socket) => {
      socket.write(`${HEAD}${CHUNKED}\r\n`);
      pump(socket, PIECE, PIECES_MAX);
      socket.once("close", () => {
        taken = socket.bytesWritten;
      });
    });
    expect(ended).toMatchObject({ statuses: [413], problem: "body-too-large" });
    expect(taken).toBeLessThan((PIECES_MAX * PIECE.length) / 8);
  });

  test.each([
    ["no number", "xyz"],
    ["negative", "-20"],
    ["empty", ""],
    ["of another notation", "0x20"],
    ["too large to be counted", "1".padEnd(17, "0")],
    ["too small", "1f"],
    ["too large by one", "21"],
    ["followed by more than anybody needs", `20;${"x".repeat(20_000)}`],
  ])("is refused where a chunk's size is %s", async (_, size) => {
    expect(await sendInVain(HEAD, CHUNKED, `\r\n${size}\r\n${VALID}\r\n`, LAST)).toMatchObject({
      statuses: [400],
      problem: "bad-request",
    });
  });

  test("is refused with trailers that are too large", async () => {
    const trailers = `0\r\nX-Large: ${"x".repeat(20_000)}\r\n\r\n`;
    expect(await sendInVain(HEAD, CHUNKED, "\r\n", VALID_CHUNK, trailers)).toMatchObject({
      statuses: [431],
      problem: "headers-too-large",
    });
  });
});

test("after all of this the API answers as before", async () => {
  expect(await json(fetch(`${api.url}/readyz`))).toEqual({ status: "ready" });
});
