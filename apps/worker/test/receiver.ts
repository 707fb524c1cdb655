import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { eventually } from "../../../test/support/eventually.ts";

export interface Receiver {
  host: string;
  port: number;
  /** All that there ever were. */
  connections: () => number;
  /** Resolves when none is left open. */
  allClosed: () => Promise<void>;
}

const open = async (server: Server, host: string, port: number): Promise<Receiver> => {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    // One that the other end gives up may be reset.
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  });
  server.listen(port, host);
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return {
    host,
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    allClosed: async () => {
      await eventually("all connections are closed", () => (sockets.size === 0 ? true : undefined));
    },
  };
};

/** A receiver that does with each connection what it is told, until the test ends. */
export const receive = (
  onConnection: (socket: Socket) => void,
  host = "127.0.0.1",
  port = 0,
): Promise<Receiver> => open(createServer(onConnection), host, port);

/** One that speaks HTTP. */
export const receiveHttp = (listener: RequestListener): Promise<Receiver> =>
  open(createHttpServer(listener), "127.0.0.1", 0);
