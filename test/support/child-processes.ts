import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface ChildProcessInfo {
  pid: number;
  parent: number;
  command: string;
}

const listAll = async (): Promise<ChildProcessInfo[]> => {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,args="]);
  return stdout
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)/.exec(line))
    .filter((match) => match !== null)
    .map(([, pid, parent, command]) => ({ pid: Number(pid), parent: Number(parent), command: command! }));
};

/** The processes that one started, and those that they started. */
export const descendantsOf = async (pid: number): Promise<ChildProcessInfo[]> => {
  const all = await listAll();
  const below = (parent: number): ChildProcessInfo[] =>
    all.filter((child) => child.parent === parent).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid);
};

export const isAlive = ({ pid }: { pid: number }): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
