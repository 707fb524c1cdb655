import type { Server, ServerResponse } from "node:http";

/**
 * Lets a server be rid of the connections that its clients keep, without a request being lost: one that the server closes by itself may have
 * the next request under way.
 *
 * @returns what asks each client, by `Connection: close` with its next answer, to come back on another one (RFC 9112, section 9.6)
 */
export const keepAliveEnder = (server: Server): (() => void) => {
  let isEnding = false;
  const unanswered = new Set<ServerResponse>();
  server.prependListener("request", (_, response) => {
    if (isEnding) response.shouldKeepAlive = false;
    unanswered.add(response);
    response.once("close", () => unanswered.delete(response));
  });
  return () => {
    isEnding = true;
    for (const response of unanswered) response.shouldKeepAlive = false;
  };
};
