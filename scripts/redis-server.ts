import type { ChildProcess } from "node:child_process";
import { mkdir, realpath } from "node:fs/promises";
import { findFreePort } from "./redis/find-free-port.ts";
import { forgetRedis, rememberRedis, shutDownLeftoverRedis } from "./redis/leftover-redis.ts";
import { lockDirectory } from "./redis/lock-directory.ts";
import { PortTaken, spawnRedis } from "./redis/spawn-redis.ts";

export interface RedisServerOptions {
  /** Where it keeps its files; made if missing. One server at a time. */
  dir: string;
  /** Whether data survive a restart. */
  appendOnly: boolean;
  /** `always` to have each write on disk before it is answered; each second unless given. */
  appendFsync?: "everysec" | "always";
  /** A free one unless given. */
  port?: number;
  /** Further settings, as on Redis' command line. */
  settings?: readonly string[];
  /** Receives what Redis logs. */
  log?: ((text: string) => void) | undefined;
  /** Called when it ends without having been stopped, with its exit code or signal. */
  onExit?: (how: string) => void;
}

export interface RedisServer {
  url: string;
  port: number;
  pid: number;
  /** Ends it in an orderly way, by force if that takes too long. Safe to call twice. */
  stop: () => Promise<void>;
}

/** An orderly end writes all that was answered; a kill may cost what `appendfsync` left to be written. */
const STOP_LIMIT_MS = 2_500;
const PORT_ATTEMPTS = 10;

const spawnOnPort = async (dir: string, options: RedisServerOptions) => {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await findFreePort());
    try {
      const { appendOnly, appendFsync = "everysec", settings, log } = options;
      const command = { dir, port, appendOnly, appendFsync, settings, log };
      return { port, child: await spawnRedis(command, (pid) => rememberRedis(dir, { port, pid })) };
    } catch (error) {
      if (!(error instanceof PortTaken)) throw error;
      if (options.port !== undefined) throw new Error(`port ${port} is taken`);
      if (attempt === PORT_ATTEMPTS) throw new Error(`no free port for Redis in ${attempt} attempts`);
    }
  }
};

const terminate = async (child: ChildProcess, exited: Promise<unknown>): Promise<void> => {
  child.kill("SIGTERM");
  const limit = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
  await exited;
  clearTimeout(limit);
};

/**
 * Starts a Redis, or a Valkey, with `infra/redis.conf` on a loopback port and waits until it serves. A server that a killed
 * launcher left in the same directory is shut down first.
 *
 * @throws when the directory is in use by a launcher that lives, or when Redis does not start
 */
export const startRedisServer = async (options: RedisServerOptions): Promise<RedisServer> => {
  await mkdir(options.dir, { recursive: true });
  const dir = await realpath(options.dir);
  const unlock = lockDirectory(dir);
  try {
    await shutDownLeftoverRedis(dir);
    const { port, child } = await spawnOnPort(dir, options);
    let isStopping = false;
    const exited = new Promise<void>((resolve) => {
      child.once("exit", (code, signal) => {
        forgetRedis(dir);
        unlock();
        resolve();
        if (!isStopping) options.onExit?.(signal ?? `code ${code}`);
      });
    });
    const stop = () => {
      isStopping = true;
      return terminate(child, exited);
    };
    return { url: `redis://127.0.0.1:${port}`, port, pid: child.pid!, stop };
  } catch (error) {
    unlock();
    throw error;
  }
};
