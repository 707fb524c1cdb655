import type { Writable } from "node:stream";
import { Command } from "ioredis";

/** A larger argument is written as it stands; of all others ioredis makes one buffer, which costs less than many writes. */
const APART_BYTES_MIN = 65_536;

export type Argument = string | number | Buffer;

export interface Script {
  lua: string;
  sha1: string;
  /** Where it was sent whole. */
  knownTo: WeakSet<Writable>;
}

const isLarge = (argument: unknown): argument is Buffer =>
  Buffer.isBuffer(argument) && argument.length >= APART_BYTES_MIN;

const bulk = (argument: string | number) => `$${Buffer.byteLength(String(argument))}\r\n${argument}\r\n`;

/**
 * Runs a script: sent whole the first time on each connection, so that what is sent after it never overtakes it, and by its hash from then on.
 * Does not copy large arguments; they must not be changed before it is answered.
 */
export class ScriptCommand extends Command {
  readonly #script: Script;

  constructor(script: Script, keys: string[], args: Argument[], replyEncoding: BufferEncoding | null) {
    super("evalsha", [script.sha1, keys.length, ...keys, ...args], { replyEncoding });
    this.#script = script;
  }

  /** What ioredis is to write, after what is written here. */
  override toWritable(socket: Writable): string | Buffer {
    const { lua, sha1, knownTo } = this.#script;
    const isKnown = knownTo.has(socket);
    knownTo.add(socket);
    this.name = isKnown ? "evalsha" : "eval";
    this.args[0] = isKnown ? sha1 : lua;
    return this.args.some(isLarge) ? this.#writeApart(socket) : super.toWritable(socket);
  }

  #writeApart(socket: Writable): string {
    socket.cork();
    process.nextTick(() => socket.uncork());
    let text = `*${this.args.length + 1}\r\n${bulk(this.name)}`;
    for (const argument of this.args as Argument[]) {
      if (Buffer.isBuffer(argument)) {
        socket.write(`${text}$${argument.length}\r\n`);
        socket.write(argument);
        text = "\r\n";
      } else text += bulk(argument);
    }
    return text;
  }
}
