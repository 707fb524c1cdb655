import { join } from "node:path";
import { type AppName, type AppProcess, startAppProcess } from "./app-process.ts";

export interface AppOptions {
  name: AppName;
  env: NodeJS.ProcessEnv;
  /** Where its log goes, if it goes to a file. */
  logDir?: string | undefined;
  /** Receives one line when it has to be ended by force. */
  warn: (line: string) => void;
}

/** One of the system's apps, whichever process it is at the moment. */
export interface RunningApp {
  /** Resolves when it takes work for the first time, with its URL if it has one; rejects when it will not do so. */
  ready: Promise<string | undefined>;
  /** Resolves with one line when it ended for good without having been asked to; never otherwise. */
  broken: Promise<string>;
  /** Drains and ends it. */
  stop: () => Promise<void>;
}

export type RunApp = (options: AppOptions) => RunningApp;

/** With what Redis gets, a stop takes less than the 15 seconds that people and supervisors wait for it. */
const DRAIN_LIMIT_MS = 12_000;

/** Drains an app's process and waits for its end, which comes by force if need be. */
export const stopAppProcess = async (app: AppProcess, warn: AppOptions["warn"]): Promise<void> => {
  const outcome = await app.stop(DRAIN_LIMIT_MS);
  if (outcome === "killed")
    warn(`the ${app.name} did not drain in ${DRAIN_LIMIT_MS / 1000} s and was killed`);
};

/** Runs an app as one process, whose end is the app's. */
export const runApp: RunApp = ({ name, env, logDir, warn }) => {
  const app = startAppProcess({ name, env, log: logDir && join(logDir, `${name}.log`) });
  return {
    ready: app.ready,
    broken: app.exited.then((how) => `the ${name} ended with ${how}`),
    stop: () => stopAppProcess(app, warn),
  };
};
