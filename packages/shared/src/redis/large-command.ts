import type { Writable } from "node:stream";
import { Command } from "ioredis";

const bulk = (argument: string) => `$${Buffer.byteLength(argument)}\r\n${argument}\r\n`;

/**
 * A command whose buffers are written to the socket as they stand: ioredis would copy them all into one. They must not be changed before it
 * is answered. For what is large, that is no script: Redis' Lua hashes each byte of an argument, and answers nobody meanwhile.
 */
export class LargeCommand extends Command {
  readonly #parts: readonly (string | Buffer)[];

  constructor(name: string, args: readonly (string | Buffer)[]) {
    super(name, [...args], { replyEncoding: "utf8" });
    this.#parts = args;
  }

  /** @returns what ioredis is to write, after what is written here */
  override toWritable(socket: Writable): string {
    socket.cork();
    process.nextTick(() => socket.uncork());
    let text = `*${this.#parts.length + 1}\r\n${bulk(this.name)}`;
    for (const part of this.#parts) {
      if (typeof part === "string") text += bulk(part);
      else {
        socket.write(`${text}$${part.length}\r\n`);
        socket.write(part);
        text = "\r\n";
      }
    }
    return text;
  }
}
