import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../../test/support/eventually.ts";
import { untilEnded } from "../../../test/support/raw-connection.ts";
import { type ListenOptions, listen } from "../src/lifecycle/listen.ts";

const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

const serve = async (fetch: (request: Request) => Response | Promise<Response>, options?: ListenOptions) => {
  const listening = await listen({ fetch }, "127.0.0.1", 0, options);
  onTestFinished(() => listening.close(0));
  return listening;
};

const open = async (url: string): Promise<Socket> => {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  // One that is cut off is reset.
  socket.on("error", () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, "connect");
  return socket;
};

/** Reads until what came ends like this. */
const readUntil = async (socket: Socket, end: string): Promise<string> => {
  let text = "";
  while (!text.endsWith(end)) text += String((await once(socket, "data"))[0]);
  return text;
};

test("an answer says that its connection is kept for longer than the 60 s of load balancers", async () => {
  const { url } = await serve(() => new Response("ok"));
  const { headers } = await fetch(url);
  expect(headers.get("keep-alive")).toBe("timeout=65");
});

test("a kept connection may be idle for longer than a request may take to come", async () => {
  const { url } = await serve(() => new Response("ok"), { requestTimeoutMs: 200, sendTimeoutMs: 200 });
  const idle = await open(url);
  idle.write(GET("/"));
  await readUntil(idle, "ok");
  // Began later, and is ended for its slowness.
  expect(await untilEnded(url, (socket) => socket.write("GET"))).toMatchObject({ statuses: [408] });
  idle.write(GET("/"));
  expect(await readUntil(idle, "ok")).toContain("HTTP/1.1 200 OK");
});

test("connections beyond the limit are dropped and told of once, and there is room again when one has ended", async () => {
  const told: number[] = [];
  const { url } = await serve(() => new Response("ok"), {
    connectionsMax: 2,
    onDropped: (count) => told.push(count),
  });
  const kept = [await open(url), await open(url)];
  for (const socket of kept) {
    socket.write(GET("/"));
    await readUntil(socket, "ok");
  }
  for (let index = 0; index < 3; index += 1) {
    expect((await untilEnded(url, (socket) => socket.write(GET("/")))).statuses).toEqual([]);
  }
  expect(told).toEqual([1]);
  kept[0]!.destroy();
  await eventually("there is room", async () => {
    const socket = await open(url);
    socket.write(GET("/"));
    const [first] = await Promise.race([once(socket, "data"), once(socket, "close")]);
    socket.destroy();
    return Buffer.isBuffer(first) || undefined;
  });
});

const PIECE = new Uint8Array(65_536);

/** An answer without an end, of which pieces are made as they are asked for. */
const endless = (onCancel: (pieces: number) => void) => {
  let pieces = 0;
  return new Response(
    new ReadableStream({
      pull: (sink) => {
        pieces += 1;
        sink.enqueue(PIECE);
      },
      cancel: () => onCancel(pieces),
    }),
  );
};

/** Far more than the system's own buffers take, and far less than what is made within the limit when nothing holds it up. */
const PIECES_MAX = 512;

test("a client that takes nothing of its answer is cut off, silent or not, and no more is made of it than fits into buffers", async () => {
  const cutOff = new Map<string, number>();
  // Node warns of a listener too many.
  const warnings: Error[] = [];
  process.on("warning", (warning) => warnings.push(warning));
  const { url } = await serve(
    (request) => {
      const { pathname } = new URL(request.url);
      return endless((pieces) => cutOff.set(pathname, pieces));
    },
    { sendTimeoutMs: 1_000 },
  );
  const silent = await open(url);
  silent.write(GET("/silent"));
  const talkative = await open(url);
  talkative.write(GET("/talkative"));
  const talking = setInterval(() => talkative.write("x"), 20);
  talkative.once("close", () => clearInterval(talking));
  await eventually("both are cut off", () => (cutOff.size === 2 ? true : undefined));
  for (const pieces of cutOff.values()) expect(pieces).toBeLessThan(PIECES_MAX);
  expect(warnings).toEqual([]);
});

test("a client that takes its answer slowly is not cut off, and neither is one that waits for it in silence", async () => {
  let cutOffs = 0;
  const late = Promise.withResolvers<Response>();
  const { url } = await serve(
    (request) => {
      if (request.url.endsWith("/late")) return late.promise;
      if (request.url.endsWith("/stalled")) return endless(() => (cutOffs += 1));
      let left = 200;
      return new Response(
        new ReadableStream({
          pull: (sink) => {
            left -= 1;
            if (left === 0) sink.close();
            else sink.enqueue(PIECE);
          },
        }),
      );
    },
    { sendTimeoutMs: 1_000 },
  );
  const waiting = fetch(`${url}/late`);
  const slow = await open(url);
  let takenBytes = 0;
  slow.on("data", (data) => {
    takenBytes += data.length;
    // Until then it does not read on; three seconds and more in all.
    slow.pause();
    setTimeout(() => slow.resume(), 20);
  });
  slow.write("GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const ended = once(slow, "end");
  // Who stalls meanwhile is cut off, so that the limit has passed for the others.
  const stalled = await open(url);
  stalled.write(GET("/stalled"));
  await eventually("it is cut off", () => (cutOffs === 1 ? true : undefined));
  await ended;
  expect(takenBytes).toBeGreaterThan(199 * PIECE.length);
  late.resolve(new Response("late"));
  expect(await (await waiting).text()).toBe("late");
});

test("once connections are to end, every answer says so, also one whose request was there before", async () => {
  const pending = Promise.withResolvers<Response>();
  const seen = Promise.withResolvers<void>();
  const listening = await serve((request) => {
    if (request.url.endsWith("/next")) return new Response("next");
    seen.resolve();
    return pending.promise;
  });
  const waiting = fetch(`${listening.url}/pending`);
  await seen.promise;
  listening.endKeepAlive();
  const next = await fetch(`${listening.url}/next`);
  pending.resolve(new Response("pending"));
  const answers = [next, await waiting];
  expect(answers.map(({ headers }) => headers.get("connection"))).toEqual(["close", "close"]);
  expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(["next", "pending"]);
});

test("a server that closes ends a stream's connection with the stream's end, and takes no further request", async () => {
  const stream = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>();
  const listening = await serve(
    () => new Response(new ReadableStream({ start: (controller) => stream.resolve(controller) })),
  );
  const streamed = (await fetch(listening.url)).text();
  const sink = await stream.promise;
  const closed = listening.close(60_000);
  await expect(fetch(listening.url)).rejects.toThrow();
  sink.enqueue(Buffer.from("the last"));
  sink.close();
  expect(await streamed).toBe("the last");
  await closed;
});
