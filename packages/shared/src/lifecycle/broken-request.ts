import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { RequestError } from "@hono/node-server";

/** A request that no app gets to see: it breaks HTTP, is too slow, or its head is too large; or answering it failed. */
export interface BrokenRequest {
  status: 400 | 405 | 408 | 431 | 500;
  reason: string;
}

export type Refuse = (request: BrokenRequest) => Response;

const KNOWN: Record<string, BrokenRequest> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, reason: "The request took too long to come." },
  HPE_HEADER_OVERFLOW: { status: 431, reason: "The headers are too large." },
  HPE_INVALID_EOF_STATE: { status: 400, reason: "The request ended before it was whole." },
};

const describeParserError = ({ code = "" }: NodeJS.ErrnoException): BrokenRequest =>
  KNOWN[code] ?? { status: 400, reason: "The request is not valid HTTP." };

/** @param error of the adapter, which makes a `Request` of what the parser let through, or from inside of the app */
export const refuseAdapterError = (error: unknown, refuse: Refuse): Response => {
  const response = refuse(
    error instanceof RequestError
      ? { status: 400, reason: `${error.message}.` }
      : { status: 500, reason: "The request could not be answered." },
  );
  // Nothing reads its body.
  response.headers.set("Connection", "close");
  return response;
};

interface ParserError extends NodeJS.ErrnoException {
  /** What the parser was given last. */
  rawPacket?: Buffer;
}

/** As far as it can be told: of a head that came in pieces the first one is gone. */
const isHead = ({ rawPacket }: ParserError): boolean => rawPacket?.toString("latin1", 0, 5) === "HEAD ";

/** @param withBody not in answer to `HEAD`: what comes behind the headers would be taken for the next answer */
const end = async (socket: Duplex, response: Response, withBody = true): Promise<void> => {
  const body = Buffer.from(await response.arrayBuffer());
  const head = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status]}`,
    ...[...response.headers].map(([name, value]) => `${name}: ${value}`),
    `date: ${new Date().toUTCString()}`,
    `content-length: ${body.length}`,
    "connection: close",
  ];
  const bytes = Buffer.from(`${head.join("\r\n")}\r\n\r\n`);
  socket.end(withBody ? Buffer.concat([bytes, body]) : bytes, () => socket.destroy());
};

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** Whether its connection ends with it: what is broken comes behind it. */
  isLast: boolean;
}

/** Has a server answer what its parser refuses as an app would, where Node writes a bare status line. */
export const answerBrokenRequests = (server: Server, refuse: Refuse): void => {
  const latest = new WeakMap<Duplex, Exchange>();
  server.prependListener("request", (request, response) =>
    latest.set(request.socket, { request, response, isLast: false }),
  );
  server.on("clientError", (error: ParserError, socket) => {
    const exchange = latest.get(socket);
    if (exchange?.isLast) return;
    const isWhole = exchange === undefined || exchange.request.complete;
    if (exchange && isWhole && !exchange.response.writableFinished) {
      // What is broken comes behind a whole request, whose own answer is still due; and goes on to come.
      exchange.isLast = true;
      exchange.response.once("finish", () => socket.destroy());
    } else if (!socket.writable || (!isWhole && exchange.response.headersSent)) {
      socket.destroy();
    } else {
      void end(socket, refuse(describeParserError(error)), !isHead(error));
    }
  });
  server.on("connect", (_, socket: Duplex) => {
    void end(socket, refuse({ status: 405, reason: "This is no proxy." }));
  });
};
