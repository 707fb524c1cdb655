import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Command {
  /** Of an executable in the repository's node_modules. */
  name: string;
  args: string[];
}

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const COMMAND_LIMIT_MS = 30 * 60_000;

/** Checks talk to nobody but the one who reads; a log file reads best without colours. */
const environment = (): NodeJS.ProcessEnv => ({
  ...(process.stdout.isTTY ? {} : { NO_COLOR: "1" }),
  ...process.env,
  DO_NOT_TRACK: "1",
  TURBO_TELEMETRY_DISABLED: "1",
  TURBO_NO_UPDATE_NOTIFIER: "1",
});

/**
 * Runs a command in the repository's root with this process's output.
 *
 * @returns whether it succeeded
 */
export const runCommand = async ({ name, args }: Command): Promise<boolean> => {
  const child = spawn(`node_modules/.bin/${name}`, args, {
    cwd: REPOSITORY,
    env: environment(),
    stdio: ["ignore", "inherit", "inherit"],
    timeout: COMMAND_LIMIT_MS,
  });
  try {
    const [code] = await once(child, "close");
    return code === 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return false;
  }
};
