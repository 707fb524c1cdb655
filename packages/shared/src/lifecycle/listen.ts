import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { answerBrokenRequests, type Refuse, refuseAdapterError } from "./broken-request.ts";
import { cutOffStalledReaders } from "./cut-off-stalled-readers.ts";
import { keepAliveEnder } from "./keep-alive-ender.ts";
import { limitConnections } from "./limit-connections.ts";

/** A client gets this long to send its headers, or as long as for its whole request when that is less. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** How often it is looked for who has taken too long: Node does every 30 s, which would be half of a limit again. */
const SLOW_CHECK_MS = 500;
const IDLE_CHECK_MS = 50;
const CONNECTIONS_MAX = 10_000;
const SEND_TIMEOUT_MS = 60_000;
/**
 * An idle connection is kept for longer than load balancers keep theirs, 60 s with most: whichever end closes first should be the one that
 * sends the requests, or it sends one into a connection that is just being closed.
 */
const KEEP_ALIVE_MS = 65_000;

export interface Listening {
  url: string;
  /** From now on every answer asks its client to come back on another connection, which a load balancer makes to another process. */
  endKeepAlive: () => void;
  /** Takes no new request and lets those under way end; cuts off what is left after the limit. */
  close: (limitMs: number) => Promise<void>;
}

/** Of another method's body the adapter reads no more than it needs; a GET's would be read, and thrown away, without an end. */
const hasUnwantedBody = ({ method, headers }: IncomingMessage) =>
  (method === "GET" || method === "HEAD") &&
  ("transfer-encoding" in headers || Number(headers["content-length"] ?? 0) > 0);

const refuseBare: Refuse = ({ status }) => new Response(null, { status });

export interface ListenOptions {
  /** Answers a request that never becomes one the app could see. */
  refuse?: Refuse;
  /** How long a client may take to send a whole request. */
  requestTimeoutMs?: number;
  /** How long a client may take nothing of an answer that is being sent. */
  sendTimeoutMs?: number;
  /** How many connections may be open; those beyond it are dropped. */
  connectionsMax?: number;
  /** Told of dropped connections, sparingly. */
  onDropped?: (count: number) => void;
}

/**
 * Serves a Hono app over HTTP.
 *
 * @param port 0 takes a free one
 * @throws what listening throws, such as `EADDRINUSE`
 */
export const listen = async (
  app: { fetch: (request: Request) => Response | Promise<Response> },
  host: string,
  port: number,
  {
    refuse = refuseBare,
    requestTimeoutMs = REQUEST_TIMEOUT_MS,
    sendTimeoutMs = SEND_TIMEOUT_MS,
    connectionsMax = CONNECTIONS_MAX,
    onDropped = () => undefined,
  }: ListenOptions = {},
): Promise<Listening> => {
  const server = createServer(
    {
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: SLOW_CHECK_MS,
      // The adapter refuses a missing Host, too, and leaves the answer to us.
      requireHostHeader: false,
    },
    getRequestListener(app.fetch, { errorHandler: (error) => refuseAdapterError(error, refuse) }),
  );
  limitConnections(server, connectionsMax, onDropped);
  cutOffStalledReaders(server, sendTimeoutMs);
  const endKeepAlive = keepAliveEnder(server);
  answerBrokenRequests(server, refuse);
  // What a client expects beside 100-continue may be ignored (RFC 9110, 10.1.1); Node would answer a bare 417.
  server.on("checkExpectation", (request, response) => server.emit("request", request, response));
  server.prependListener("request", (request, response) => {
    if (hasUnwantedBody(request)) response.shouldKeepAlive = false;
  });
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  const close = async (limitMs: number) => {
    const closed = once(server, "close");
    // A connection that is kept alive would go on to be served, and hold up the end.
    endKeepAlive();
    server.close();
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    const cutOff = setTimeout(() => server.closeAllConnections(), limitMs);
    await closed;
    clearInterval(idle);
    clearTimeout(cutOff);
  };
  return { url: `http://${name}:${address.port}`, endKeepAlive, close };
};
