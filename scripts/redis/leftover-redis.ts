import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { talkToRedis } from "./talk-to-redis.ts";

interface Running {
  port: number;
  pid: number;
}

const ANSWER_LIMIT_MS = 3_000;
const SHUTDOWN_LIMIT_MS = 10_000;
const POLL_MS = 20;

const fileIn = (dir: string) => join(dir, "redis-server.json");

/** Notes which Redis uses a directory, for the launcher that comes after one that was killed. */
export const rememberRedis = (dir: string, running: Running): void =>
  writeFileSync(fileIn(dir), `${JSON.stringify(running)}\n`);

export const forgetRedis = (dir: string): void => rmSync(fileIn(dir), { force: true });

const recall = (dir: string): Running | undefined => {
  try {
    return JSON.parse(readFileSync(fileIn(dir), "utf8")) as Running;
  } catch {
    return undefined;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** Another program may have the port by now, another Redis included: only one that works in this directory is ours. */
const worksIn = async (dir: string, { port, pid }: Running): Promise<boolean> => {
  try {
    const answer = await talkToRedis(port, ["CONFIG GET dir", "QUIT"], ANSWER_LIMIT_MS);
    return answer?.split("\r\n").includes(dir) ?? false;
  } catch (error) {
    if (!isAlive(pid)) return false;
    throw new Error(`a Redis left over in ${dir} does not answer; end process ${pid} and start again`, {
      cause: error,
    });
  }
};

const untilPortIsClosed = async (port: number, deadline: number): Promise<void> => {
  while ((await talkToRedis(port, ["QUIT"], ANSWER_LIMIT_MS)) !== undefined) {
    if (performance.now() > deadline) throw new Error("it still listens");
    await delay(POLL_MS);
  }
};

/**
 * Shuts down a Redis whose launcher was killed before it could do so. Two servers must never append to the same file.
 *
 * @param dir as Redis itself names it: absolute, without symbolic links
 */
export const shutDownLeftoverRedis = async (dir: string): Promise<void> => {
  const leftover = recall(dir);
  if (!leftover || !(await worksIn(dir, leftover))) return;
  try {
    await talkToRedis(leftover.port, ["SHUTDOWN"], SHUTDOWN_LIMIT_MS);
    // It closes its port after the last write to its files, so this is the end of it as far as the directory goes.
    await untilPortIsClosed(leftover.port, performance.now() + SHUTDOWN_LIMIT_MS);
  } catch (error) {
    throw new Error(
      `a Redis left over in ${dir} does not stop; end process ${leftover.pid} and start again`,
      {
        cause: error,
      },
    );
  }
};
