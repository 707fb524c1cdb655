import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type AppProcess, startAppProcess, startWorkerProcess } from "../support/app-process.ts";
import { cancel, type JobWithResult, json, post, readQueue, submit, waitForEnd } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { uniqueKeyPrefix } from "../support/key-prefix.ts";
import type { HeldBytes } from "../support/memory-probe.ts";
import { type EndedConnection, untilEnded } from "../support/raw-connection.ts";
import { redisUrl } from "../support/redis-url.ts";

const PROBE = new URL("../support/memory-probe.ts", import.meta.url).href;
const MIB = 2 ** 20;
const HEAD = "POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
const CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";
const valid = { query: "Sankt Peterburg", candidates: ["Saint Petersburg"] };

let api: AppProcess;

afterEach(() => api.dispose());

const startApi = async (requestTimeoutMs: number, more: Record<string, string> = {}) => {
  const env = {
    ...more,
    REDIS_URL: redisUrl(),
    KEY_PREFIX: uniqueKeyPrefix(),
    REQUEST_TIMEOUT_MS: String(requestTimeoutMs),
  };
  api = await startAppProcess("apps/api/src/main.ts", env, ["--import", PROBE]);
  return env;
};

const readHeldBytes = async (): Promise<number> => {
  const answered = once(api.child, "message");
  api.child.send("held-bytes");
  return ((await answered) as [HeldBytes])[0].bytes;
};

const REQUEST_TIMEOUT_MS = 1_000;
const PAUSE_MS = 100;
/** No measure of speed, but less than any limit that is not the one configured here: they begin with 15 s. */
const BY_ANOTHER_LIMIT_MS = 14_000;

/** A byte now and then, without an end. */
const trickle = (head: string, byte: string) => (socket: Socket) => {
  socket.write(head);
  const sending = setInterval(() => socket.write(byte), PAUSE_MS);
  socket.once("close", () => clearInterval(sending));
};

describe("a request that does not come in time is ended at the limit, with 408", () => {
  const slow: [string, (socket: Socket) => void][] = [
    ["a connection without a byte", () => undefined],
    ["headers that stop", (socket) => socket.write(HEAD)],
    ["headers that trickle", trickle(HEAD, "x")],
    ["headers without their body", (socket) => socket.write(`${HEAD}Content-Length: 16777216\r\n\r\n`)],
    [
      "a body that stops half way",
      (socket) => socket.write(`${HEAD}Content-Length: 100\r\n\r\n{"query":"a"`),
    ],
    ["a chunk that stops half way", (socket) => socket.write(`${HEAD}${CHUNKED}64\r\n{"query":"a"`)],
    ["chunks without the last one", (socket) => socket.write(`${HEAD}${CHUNKED}2\r\n{}\r\n`)],
    ["a chunk of all bytes there are", (socket) => socket.write(`${HEAD}${CHUNKED}FFFFFFFFFFFFFFFF\r\n{`)],
    ["a body that trickles", trickle(`${HEAD}Content-Length: 1000000\r\n\r\n`, " ")],
    ["a body that trickles in chunks", trickle(`${HEAD}${CHUNKED}`, "1\r\n \r\n")],
  ];

  test("whatever stops or trickles, and other requests are answered meanwhile", async () => {
    await startApi(REQUEST_TIMEOUT_MS);
    const ends = Promise.all(slow.map(([, send]) => untilEnded(api.url, send)));
    expect((await post(api.url, valid)).status).toBe(202);
    const seen = (await ends).map(({ statuses, problem, lastedMs }, index) => [
      slow[index]![0],
      ...statuses,
      problem,
      lastedMs < BY_ANOTHER_LIMIT_MS,
    ]);
    expect(seen).toEqual(slow.map(([name]) => [name, 408, "request-timeout", true]));
    expect((await readQueue(api.url)).depth).toBe(1);
  });

  test("also behind a request that was answered on the same connection", async () => {
    await startApi(REQUEST_TIMEOUT_MS);
    const ended = await untilEnded(api.url, (socket) => {
      socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
      socket.once("data", () => socket.write(`${HEAD}Content-Length: 100\r\n\r\n{"query"`));
    });
    expect(ended).toMatchObject({ statuses: [200, 408], problem: "request-timeout" });
    expect(ended.lastedMs).toBeLessThan(BY_ANOTHER_LIMIT_MS);
  });

  test("also when it was answered before its body came", async () => {
    await startApi(REQUEST_TIMEOUT_MS);
    const head = "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n";
    const ended = await untilEnded(api.url, trickle(head, " "));
    expect(ended.statuses).toEqual([404]);
    expect(ended.lastedMs).toBeLessThan(BY_ANOTHER_LIMIT_MS);
  });
});

describe("connections that send headers only", () => {
  const LARGEST = "Content-Length: 16777216\r\n";
  const CONNECTIONS_MAX = 10_000;
  /** What a process has open besides. */
  const OTHER_FILES = 500;
  const OPENING = 200;

  /** As many as a process may have open: test and API have an end each. */
  const countConnections = () => {
    const { userLimits } = process.report.getReport() as unknown as {
      userLimits: { open_files: { soft: number | "unlimited" } };
    };
    const { soft } = userLimits.open_files;
    return soft === "unlimited" ? CONNECTIONS_MAX : Math.min(CONNECTIONS_MAX, soft - OTHER_FILES);
  };

  test("take no memory for the bodies that they declare", async () => {
    const CONNECTIONS = 100;
    await startApi(REQUEST_TIMEOUT_MS);
    const heldBytes = await readHeldBytes();
    let continued = 0;
    const ends = Array.from({ length: CONNECTIONS }, () =>
      untilEnded(api.url, (socket) => {
        socket.once("data", () => {
          continued += 1;
        });
        socket.write(`${HEAD}${LARGEST}Expect: 100-continue\r\n\r\n`);
      }),
    );
    // By then the API waits for every body.
    await eventually("all may go on", () => (continued === CONNECTIONS ? true : undefined));
    expect((await readHeldBytes()) - heldBytes).toBeLessThan(CONNECTIONS * MIB);
    const statuses = (await Promise.all(ends)).map((end) => end.statuses);
    expect(statuses).toEqual(statuses.map(() => [100, 408]));
  });

  test("are ended with 408, ten thousand of them, others are answered meanwhile, and the memory is given back", {
    timeout: 180_000,
  }, async () => {
    const HEADS = [HEAD, `${HEAD}${LARGEST}\r\n`];
    const HELD_MORE_BYTES_MAX = 32 * MIB;
    // Most or all of them are open before the first is ended.
    await startApi(12_000, { CONNECTIONS_MAX: String(2 * CONNECTIONS_MAX) });
    const connections = countConnections();
    // What is made once, such as compiled code, is there by then.
    await submit(api.url, valid);
    const heldBytes = await readHeldBytes();

    const ends: Promise<EndedConnection>[] = [];
    let endedCount = 0;
    const open = () =>
      new Promise<void>((resolve, reject) => {
        const head = HEADS[ends.length % HEADS.length]!;
        const end = untilEnded(api.url, (socket) => socket.write(head, () => resolve()));
        end.then(() => {
          endedCount += 1;
        }, reject);
        ends.push(end);
      });
    let isOpen = false;
    const openSome = async () => {
      while (ends.length < connections) await open();
    };
    const opening = Promise.all(Array.from({ length: OPENING }, openSome)).finally(() => {
      isOpen = true;
    });
    while (!isOpen) expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
    await opening;
    expect((await post(api.url, valid)).status).toBe(202);
    expect(endedCount).toBeLessThan(connections);

    const seen = (await Promise.all(ends)).map(({ statuses, problem }) => `${statuses} ${problem}`);
    expect(seen).toHaveLength(connections);
    expect(new Set(seen)).toEqual(new Set(["408 request-timeout"]));
    await eventually("the memory is given back", async () =>
      (await readHeldBytes()) - heldBytes < HELD_MORE_BYTES_MAX ? true : undefined,
    );
  });
});

describe("a client that takes nothing of a large result", () => {
  const READERS = 20;
  const PAUSED_MS = 100;
  /** Its result is some 12 MB, more than lies in the buffers between both ends. */
  const large = {
    query: "a",
    candidates: Array.from({ length: 50_000 }, (_, index) => ({
      id: String(index).padEnd(200, "x"),
      text: "b",
    })),
    metric: "prefix",
  };

  /** Reads nothing of its answer; what it sends meanwhile tells it when it is cut off. */
  const stall = async (path: string): Promise<void> => {
    const { port, hostname } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const sending = setInterval(() => socket.write("x"), PAUSED_MS);
    await new Promise((resolve) => socket.once("close", resolve));
    clearInterval(sending);
  };

  test("is cut off, however often it sends something; who waits in silence is answered", async () => {
    const env = await startApi(60_000, { SEND_TIMEOUT_MS: "1000" });
    const worker = await startWorkerProcess(env);
    const { id } = await submit(api.url, large);
    await waitForEnd(api.url, id);
    await worker.dispose();

    const queued = await submit(api.url, valid);
    const waiting = fetch(`${api.url}/v1/jobs/${queued.id}`, { headers: { Prefer: "wait=60" } });
    const following = fetch(`${api.url}/v1/jobs/${queued.id}/events`);
    await Promise.all(Array.from({ length: READERS }, () => stall(`/v1/jobs/${id}/result`)));

    await cancel(api.url, queued.id);
    expect(await json<JobWithResult>(waiting)).toMatchObject({ status: "canceled" });
    expect(await (await following).text()).toContain('"status":"canceled"');
  });
});
