import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export interface AppProcess {
  child: ChildProcess;
  /** Of the API. */
  url: string;
  pid: number;
  /** Resolves with what it ended with: an exit code or a signal. */
  exited: Promise<number | NodeJS.Signals>;
  kill: (signal: NodeJS.Signals) => void;
  /** What it has written to stderr. */
  stderr: () => string;
  /** Closes the channel to it, as the death of its launcher would. */
  abandon: () => void;
  /** Kills it at once if it still lives. */
  dispose: () => Promise<void>;
}

const REPOSITORY = new URL("../../", import.meta.url);

/**
 * Starts one of the product's processes, or a test's own, and waits until it says that it is ready.
 *
 * @param entry path from the repository's root
 * @param nodeFlags what Node itself is told, such as a module to preload
 * @throws with what it wrote to stderr when it ends before
 */
export const startAppProcess = async (
  entry: string,
  env: Record<string, string>,
  nodeFlags: string[] = [],
): Promise<AppProcess> => {
  const child: ChildProcess = spawn(process.execPath, [...nodeFlags, entry], {
    cwd: REPOSITORY,
    env: { PATH: process.env["PATH"], LOG_LEVEL: "silent", PORT: "0", ...env },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const exited = once(child, "exit").then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals);
  const ready = once(child, "message").then(([message]) => message as { type: "ready"; url?: string });
  const first = await Promise.race([ready, exited]);
  if (typeof first !== "object") throw new Error(`${entry} ended with ${first}: ${stderr}`);
  return {
    child,
    url: first.url ?? "",
    pid: child.pid!,
    exited,
    kill: (signal) => child.kill(signal),
    stderr: () => stderr,
    abandon: () => child.disconnect(),
    dispose: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
};

export const startApiProcess = (env: Record<string, string>) => startAppProcess("apps/api/src/main.ts", env);
export const startWorkerProcess = (env: Record<string, string>) =>
  startAppProcess("apps/worker/src/main.ts", env);
