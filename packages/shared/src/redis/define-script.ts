import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import { type Argument, type Script, ScriptCommand } from "./script-command.ts";

const isUnknownScript = (error: unknown) => error instanceof Error && error.message.startsWith("NOSCRIPT");

/**
 * A Lua script as a typed function.
 *
 * @param read turns Redis' reply into the function's result
 * @param asBuffers whether the strings of the reply come as buffers
 */
export const defineScript = <Reply>(
  lua: string,
  read: (reply: unknown) => Reply,
  { asBuffers = false } = {},
) => {
  const sha1 = createHash("sha1").update(lua).digest("hex");
  const script: Script = { lua, sha1, knownTo: new WeakSet() };
  return async (redis: Redis, keys: string[], args: Argument[]): Promise<Reply> => {
    const send = () =>
      redis.sendCommand(new ScriptCommand(script, keys, args, asBuffers ? null : "utf8")) as Promise<unknown>;
    try {
      return read(await send());
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      // Someone made Redis forget its scripts.
      script.knownTo = new WeakSet();
      return read(await send());
    }
  };
};
