import type { Socket } from "node:net";
import { PostError } from "./post-error.ts";

/**
 * Ends a connection that brings more than that, whatever it is: undici takes interim answers, chunk extensions and the like without end, and
 * each read of such is time of the event loop. By the method that undici reads with, so that not one read goes beyond.
 */
export const readNoMoreThan = (socket: Socket, bytesMax: number): void => {
  const read = socket.read.bind(socket);
  let bytes = 0;
  socket.read = (size?: number) => {
    if (bytes > bytesMax) return null;
    const piece: Buffer | null = read(size);
    bytes += piece?.length ?? 0;
    if (bytes > bytesMax) socket.destroy(new PostError("bad_answer"));
    return piece;
  };
};
