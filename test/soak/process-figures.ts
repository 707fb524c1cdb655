import { readdirSync, readFileSync } from "node:fs";
import type { Keeper } from "./keeper.ts";

export interface ProcessFigures {
  name: string;
  pid: number;
  threads: number;
  residentMib: number;
  fileDescriptors: number;
}

const numberIn = (status: string, field: string) =>
  Number(new RegExp(`^${field}:\\s*(\\d+)`, "m").exec(status)?.[1]);

/** What the living processes take, as Linux tells it; nothing elsewhere. */
export const readProcessFigures = (keepers: readonly Keeper[]): ProcessFigures[] =>
  keepers.flatMap(({ name, living }) => {
    if (!living) return [];
    try {
      const status = readFileSync(`/proc/${living.pid}/status`, "utf8");
      return {
        name,
        pid: living.pid,
        threads: numberIn(status, "Threads"),
        residentMib: Math.round(numberIn(status, "VmRSS") / 1_024),
        fileDescriptors: readdirSync(`/proc/${living.pid}/fd`).length,
      };
    } catch {
      return [];
    }
  });
