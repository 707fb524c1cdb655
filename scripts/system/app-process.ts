import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, closeSync, openSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beginLog } from "./begin-log.ts";

export type AppName = "api" | "worker";

export interface AppProcessOptions {
  name: AppName;
  env: NodeJS.ProcessEnv;
  /** A file, or what receives line by line, all that it logs and says on stderr; neither unless given. */
  log?: string | ((line: string) => void) | undefined;
}

export interface AppProcess {
  name: AppName;
  /**
   * Resolves when it takes work, with its URL if it has one; rejects when it ends before, with the end of what it said on
   * stderr, unless someone receives that line by line.
   */
  ready: Promise<string | undefined>;
  /** Resolves with its exit code or signal. */
  exited: Promise<string>;
  /** Asks it to drain and waits; resolves with whether it had to be ended by force. */
  stop: (limitMs: number) => Promise<"drained" | "killed">;
}

interface ReadyMessage {
  type: "ready";
  url?: string;
}

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const STDERR_TAIL_CHARS = 4_000;
/** V8 would let the young generation of the worker's main thread grow by 128 MiB. */
const NODE_FLAGS: Record<AppName, string[]> = { api: [], worker: ["--max-semi-space-size=16"] };
const READY_LIMIT_MS = 30_000;

const spawnApp = ({ name, env, log }: AppProcessOptions): ChildProcess => {
  if (typeof log === "string") beginLog(log);
  const file = typeof log === "string" ? openSync(log, "a") : undefined;
  const child = spawn(process.execPath, [...NODE_FLAGS[name], `apps/${name}/src/main.ts`], {
    cwd: REPOSITORY,
    env,
    // Out of reach of a terminal's Ctrl-C: the launcher alone decides when to stop. The channel tells it when to start, and
    // its end tells the app that the launcher is gone.
    detached: true,
    stdio: ["ignore", file ?? (log ? "pipe" : "ignore"), "pipe", "ipc"],
  });
  if (file !== undefined) closeSync(file);
  return child;
};

const passOnLines = (child: ChildProcess, onLine: (line: string) => void): void => {
  for (const input of [child.stdout, child.stderr]) if (input) createInterface({ input }).on("line", onLine);
};

const collectStderr = (child: ChildProcess, logFile: string | undefined): (() => string) => {
  let tail = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-STDERR_TAIL_CHARS);
    if (logFile) appendFileSync(logFile, text);
  });
  return () => tail.trim();
};

/** @returns what gives the end of what it said on stderr, as far as nobody has received it */
const readOutput = (child: ChildProcess, log: AppProcessOptions["log"]): (() => string) => {
  if (typeof log !== "function") return collectStderr(child, log);
  passOnLines(child, log);
  return () => "";
};

const untilReady = async (child: ChildProcess, describeEnd: () => string): Promise<string | undefined> => {
  const over = new AbortController();
  const { signal } = over;
  const ready = once(child, "message", { signal }).then(([message]) => message as ReadyMessage);
  const ended = once(child, "close", { signal }).then(() => Promise.reject(new Error(describeEnd())));
  const limit = delay(READY_LIMIT_MS, undefined, { signal }).then(() =>
    Promise.reject(new Error(`${child.spawnargs[1]} was not ready in ${READY_LIMIT_MS / 1000} s`)),
  );
  try {
    return (await Promise.race([ready, ended, limit])).url;
  } finally {
    over.abort();
    await Promise.allSettled([ready, ended, limit]);
  }
};

/** Starts one of the apps as a child process of its own. */
export const startAppProcess = (options: AppProcessOptions): AppProcess => {
  const child = spawnApp(options);
  const readStderr = readOutput(child, options.log);
  const exited = new Promise<string>((resolve) => {
    // Not "exit": by "close" all that it wrote has been read.
    child.once("close", (code, signal) => resolve(signal ?? `code ${code}`));
    child.once("error", (error) => resolve(error.message));
  });
  const describeEnd = () =>
    readStderr() ||
    `the ${options.name} ended with ${child.signalCode ?? `code ${child.exitCode}`} before it was ready`;

  const stop = async (limitMs: number) => {
    let outcome: "drained" | "killed" = "drained";
    child.kill("SIGTERM");
    const limit = setTimeout(() => {
      outcome = "killed";
      child.kill("SIGKILL");
    }, limitMs);
    await exited;
    clearTimeout(limit);
    return outcome;
  };
  return { name: options.name, ready: untilReady(child, describeEnd), exited, stop };
};
