import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSystem } from "../system.ts";

/** What a person set for a service of their own, such as keys or limits, has no part in the demo's. */
const ENVIRONMENT_KEPT = ["PATH", "HOME", "TMPDIR", "LANG", "TZ"];

const keptEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => ENVIRONMENT_KEPT.includes(name)));

/**
 * Runs something against a whole system that exists for nothing else: free ports, a Redis in memory, and no trace of it
 * afterwards.
 *
 * @param use gets the API's URL
 * @param signal ends it early
 * @throws when the system does not start or breaks, or when it was ended early
 */
export const withOwnSystem = async <T>(
  signal: AbortSignal,
  use: (apiUrl: string) => Promise<T>,
): Promise<T> => {
  const dir = await mkdtemp(join(tmpdir(), "semblance-demo-"));
  try {
    const system = await startSystem({
      redis: { dir, appendOnly: false },
      host: "127.0.0.1",
      port: 0,
      env: keptEnvironment(),
      dataDir: dir,
      warn: (line) => process.stderr.write(`${line}\n`),
      signal,
    });
    const broken = system.broken.then((line) => Promise.reject(new Error(line)));
    const ended = new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason)),
    );
    try {
      return await Promise.race([use(system.url), broken, ended]);
    } finally {
      await system.stop();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};
