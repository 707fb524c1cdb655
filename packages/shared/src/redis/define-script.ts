import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

type Argument = string | number | Buffer;
type Command = (numberOfKeys: number, ...keysAndArguments: Argument[]) => Promise<unknown>;

/**
 * A Lua script as a typed function. Sent as EVALSHA, and whole when Redis does not know it (also after a SCRIPT FLUSH).
 *
 * @param read turns Redis' reply into the function's result
 * @param asBuffers whether the strings of the reply come as buffers
 */
export const defineScript = <Reply>(
  lua: string,
  read: (reply: unknown) => Reply,
  { asBuffers = false } = {},
) => {
  const name = `semblance_${createHash("sha1").update(lua).digest("hex")}`;
  return async (redis: Redis, keys: string[], args: Argument[]): Promise<Reply> => {
    const commands = redis as unknown as Record<string, Command | undefined>;
    if (!commands[name]) redis.defineCommand(name, { lua });
    const command = asBuffers ? `${name}Buffer` : name;
    return read(await commands[command]!(keys.length, ...keys, ...args));
  };
};
