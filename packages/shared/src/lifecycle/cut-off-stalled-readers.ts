import type { Server, Socket } from "node:net";

const CHECK_MS = 500;

/**
 * Resets connections whose client takes nothing of what is being sent to it for so long; one on which nothing is to be sent may be silent.
 *
 * What counts is what was taken, piece by piece, and not Node's timeout of a socket, which a client that sends a byte now and then puts off
 * for ever. Time is counted in looks, so that a process that was stopped for a while takes nobody for stalled.
 */
export const cutOffStalledReaders = (server: Server, limitMs: number): void => {
  const sockets = new Map<Socket, { takenBytes: number; stalledChecks: number }>();
  server.on("connection", (socket) => {
    sockets.set(socket, { takenBytes: 0, stalledChecks: 0 });
    socket.once("close", () => sockets.delete(socket));
  });
  const check = () => {
    for (const [socket, seen] of sockets) {
      const takenBytes = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || takenBytes !== seen.takenBytes) {
        seen.takenBytes = takenBytes;
        seen.stalledChecks = 0;
        continue;
      }
      seen.stalledChecks += 1;
      // A reset, since what lies in the system's buffers is not worth keeping either.
      if (seen.stalledChecks * CHECK_MS >= limitMs) socket.resetAndDestroy();
    }
  };
  const checking = setInterval(check, CHECK_MS).unref();
  server.once("close", () => clearInterval(checking));
};
