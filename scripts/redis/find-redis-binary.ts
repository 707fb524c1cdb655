import { execFile } from "node:child_process";
import { promisify } from "node:util";

const NAMES = ["redis-server", "valkey-server"];
const OLDEST = { major: 6, minor: 2 };
const VERSION_LIMIT_MS = 5_000;

const isRecentEnough = async (name: string): Promise<boolean> => {
  try {
    const { stdout } = await promisify(execFile)(name, ["--version"], { timeout: VERSION_LIMIT_MS });
    const [, major, minor] = /v=(\d+)\.(\d+)/.exec(stdout)?.map(Number) ?? [];
    if (major === undefined || minor === undefined) return false;
    return major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor);
  } catch {
    return false;
  }
};

const search = async (): Promise<string> => {
  for (const name of NAMES) if (await isRecentEnough(name)) return name;
  throw new Error(
    `no ${NAMES.join(" or ")} from version ${OLDEST.major}.${OLDEST.minor} on is on PATH; scripts/bootstrap installs one`,
  );
};

let found: Promise<string> | undefined;

/** The name of a Redis, or a Valkey, that is on PATH and new enough; searched for once in a process. */
export const findRedisBinary = (): Promise<string> => {
  found ??= search();
  return found;
};
