import type { Writable } from "node:stream";
import { Command } from "ioredis";

export type Argument = string | number | Buffer;

export interface Script {
  lua: string;
  sha1: string;
  /** Where it was sent whole. */
  knownTo: WeakSet<Writable>;
}

/** Runs a script: sent whole the first time on each connection, so that nothing sent after it overtakes it, and by its hash from then on. */
export class ScriptCommand extends Command {
  readonly #script: Script;

  constructor(script: Script, keys: string[], args: Argument[], replyEncoding: BufferEncoding | null) {
    super("evalsha", [script.sha1, keys.length, ...keys, ...args], { replyEncoding });
    this.#script = script;
  }

  override toWritable(socket: Writable): string | Buffer {
    const { lua, sha1, knownTo } = this.#script;
    const isKnown = knownTo.has(socket);
    knownTo.add(socket);
    this.name = isKnown ? "evalsha" : "eval";
    this.args[0] = isKnown ? sha1 : lua;
    return super.toWritable(socket);
  }
}
