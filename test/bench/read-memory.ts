import { readFile } from "node:fs/promises";

/** Resident, in MiB; from Linux's /proc. */
export const readMemory = async ({ pid }: { pid: number }): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1_024;
};
