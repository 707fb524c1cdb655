import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { findRedisBinary } from "./find-redis-binary.ts";

export interface RedisCommand {
  /** Absolute, without symbolic links. */
  dir: string;
  appendOnly: boolean;
  appendFsync: "everysec" | "always";
  port: number;
  /** Further settings, as on its command line. */
  settings?: readonly string[] | undefined;
  /** Receives what Redis logs. */
  log?: ((text: string) => void) | undefined;
}

export class PortTaken extends Error {}

const CONFIG_FILE = fileURLToPath(new URL("../../infra/redis.conf", import.meta.url));
/** A long append-only file takes its time to load. */
const READY_LIMIT_MS = 60_000;
const LOG_TAIL_CHARS = 2_000;

/** Redis outlives a Ctrl-C, which stops its launcher; but nothing outlives a launcher that ends in the middle. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

const spawnChild = (binary: string, command: RedisCommand): ChildProcess => {
  const { dir, appendOnly, appendFsync, port, settings = [] } = command;
  const ownSettings = [
    ...["--port", String(port), "--dir", dir],
    ...["--appendonly", appendOnly ? "yes" : "no", "--appendfsync", appendFsync],
  ];
  // Included, for a Sentinel has a server write its changed configuration to the file that it was started with.
  const all = ["--include", CONFIG_FILE, ...ownSettings, ...settings];
  // In a process group of its own, or a terminal's Ctrl-C would take it away from under those who still drain.
  const child = spawn(binary, all, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
};

/** Its own log line tells more than an answer to PING: which process serves the port, after all data is loaded. */
const untilReady = (child: ChildProcess, log: RedisCommand["log"]): Promise<void> =>
  new Promise((resolve, reject) => {
    let tail = "";
    const limit = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`Redis was not ready in ${READY_LIMIT_MS} ms:\n${tail}`));
    }, READY_LIMIT_MS);
    const read = (text: string) => {
      log?.(text);
      const all = tail + text;
      tail = all.slice(-LOG_TAIL_CHARS);
      if (!all.includes("Ready to accept connections")) return;
      clearTimeout(limit);
      resolve();
    };
    child.stdout?.setEncoding("utf8").on("data", read);
    child.stderr?.setEncoding("utf8").on("data", read);
    child.once("error", reject);
    // Not "exit": by "close" all that it wrote has been read.
    child.once("close", (code, signal) => {
      clearTimeout(limit);
      if (tail.includes("Address already in use")) return reject(new PortTaken());
      reject(new Error(`Redis ended with ${signal ?? `code ${code}`} before it was ready:\n${tail.trim()}`));
    });
  });

/**
 * @param onSpawn called as soon as there is a process, long before it is ready
 * @throws {PortTaken} when something else got hold of the port
 */
export const spawnRedis = async (
  command: RedisCommand,
  onSpawn: (pid: number) => void,
): Promise<ChildProcess> => {
  const child = spawnChild(await findRedisBinary(), command);
  if (child.pid === undefined) throw (await once(child, "error"))[0];
  onSpawn(child.pid);
  await untilReady(child, command.log);
  return child;
};
