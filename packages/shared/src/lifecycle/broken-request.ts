import { type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { RequestError } from "@hono/node-server";

/** A request that no app gets to see: it breaks HTTP, is too slow, or its head is too large. */
export interface BrokenRequest {
  status: 400 | 408 | 431;
  reason: string;
}

const KNOWN: Record<string, BrokenRequest> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, reason: "The request took too long to come." },
  HPE_HEADER_OVERFLOW: { status: 431, reason: "The headers are too large." },
  HPE_INVALID_EOF_STATE: { status: 400, reason: "The request ended before it was whole." },
};

/** @param error of Node's parser, or of the adapter that makes a `Request` of what the parser let through */
export const describeBrokenRequest = (error: unknown): BrokenRequest => {
  if (error instanceof RequestError) return { status: 400, reason: `${error.message}.` };
  const { code = "" } = error as NodeJS.ErrnoException;
  return KNOWN[code] ?? { status: 400, reason: "The request is not valid HTTP." };
};

const toBytes = async (response: Response): Promise<Buffer> => {
  const body = Buffer.from(await response.arrayBuffer());
  const head = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status]}`,
    ...[...response.headers].map(([name, value]) => `${name}: ${value}`),
    `content-length: ${body.length}`,
    "connection: close",
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
};

/** Has a server answer what its parser refuses as an app would, where Node writes a bare status line. */
export const answerBrokenRequests = (server: Server, refuse: (request: BrokenRequest) => Response): void => {
  const latest = new WeakMap<Duplex, ServerResponse>();
  server.prependListener("request", (request, response) => latest.set(request.socket, response));
  server.on("clientError", async (error, socket) => {
    const bytes = await toBytes(refuse(describeBrokenRequest(error)));
    const response = latest.get(socket);
    const isInsideAnother = response?.headersSent === true && !response.writableEnded;
    if (!socket.writable || isInsideAnother) socket.destroy();
    else socket.end(bytes, () => socket.destroy());
  });
};
