import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { answerBrokenRequests, type Refuse, refuseAdapterError } from "./broken-request.ts";

/** A client gets this long to send its headers, and its whole request. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
const IDLE_CHECK_MS = 50;

export interface Listening {
  url: string;
  /** Takes no new request and lets those under way end; cuts off what is left after the limit. */
  close: (limitMs: number) => Promise<void>;
}

/** Of another method's body the adapter reads no more than it needs; a GET's would be read, and thrown away, without an end. */
const hasUnwantedBody = ({ method, headers }: IncomingMessage) =>
  (method === "GET" || method === "HEAD") &&
  ("transfer-encoding" in headers || Number(headers["content-length"] ?? 0) > 0);

const refuseBare: Refuse = ({ status }) => new Response(null, { status });

/**
 * Serves a Hono app over HTTP.
 *
 * @param port 0 takes a free one
 * @param refuse answers a request that never becomes one the app could see
 * @throws what listening throws, such as `EADDRINUSE`
 */
export const listen = async (
  app: { fetch: (request: Request) => Response | Promise<Response> },
  host: string,
  port: number,
  refuse = refuseBare,
): Promise<Listening> => {
  const server = createServer(
    // The adapter refuses a missing Host, too, and leaves the answer to us.
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, requireHostHeader: false },
    getRequestListener(app.fetch, { errorHandler: (error) => refuseAdapterError(error, refuse) }),
  );
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
    server.prependListener("request", (_, response) => {
      response.shouldKeepAlive = false;
    });
    server.close();
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    const cutOff = setTimeout(() => server.closeAllConnections(), limitMs);
    await closed;
    clearInterval(idle);
    clearTimeout(cutOff);
  };
  return { url: `http://${name}:${address.port}`, close };
};
