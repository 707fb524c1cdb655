import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";

/** A client gets this long to send its headers, and its whole request. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
const IDLE_CHECK_MS = 50;

export interface Listening {
  url: string;
  /** Takes no new request and lets those under way end; cuts off what is left after the limit. */
  close: (limitMs: number) => Promise<void>;
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
): Promise<Listening> => {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
  }) as Server;
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
