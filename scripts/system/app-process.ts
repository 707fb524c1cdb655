import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, closeSync, openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beginLog } from "./begin-log.ts";

export interface AppProcessOptions {
  name: "api" | "worker";
  env: NodeJS.ProcessEnv;
  /** Where its log goes; nowhere unless given. */
  logFile?: string | undefined;
}

export interface AppProcess {
  name: string;
  /** Resolves when it takes work, with its URL if it has one; rejects when it ends before, with what it said on stderr. */
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
const READY_LIMIT_MS = 30_000;

const spawnApp = ({ name, env, logFile }: AppProcessOptions): ChildProcess => {
  if (logFile) beginLog(logFile);
  const output = logFile ? openSync(logFile, "a") : undefined;
  const child = spawn(process.execPath, [`apps/${name}/src/main.ts`], {
    cwd: REPOSITORY,
    env,
    // Out of reach of a terminal's Ctrl-C: the launcher alone decides when to stop. The channel tells it when to start, and
    // its end tells the app that the launcher is gone.
    detached: true,
    stdio: ["ignore", output ?? "ignore", "pipe", "ipc"],
  });
  if (output !== undefined) closeSync(output);
  return child;
};

const collectStderr = (child: ChildProcess, logFile: string | undefined): (() => string) => {
  let tail = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-STDERR_TAIL_CHARS);
    if (logFile) appendFileSync(logFile, text);
  });
  return () => tail.trim();
};

const untilReady = async (child: ChildProcess, describeEnd: () => string): Promise<string | undefined> => {
  const over = new AbortController();
  const { signal } = over;
  const ready = once(child, "message", { signal }).then(([message]) => message as ReadyMessage);
  // Not "exit": by "close" all that it wrote to stderr has been read.
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
  const readStderr = collectStderr(child, options.logFile);
  const exited = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? `code ${code}`));
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
