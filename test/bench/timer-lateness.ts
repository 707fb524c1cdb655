import type { AppProcess } from "../support/app-process.ts";
import { ask } from "./ask.ts";

/** How many ms late each timer of the idle process was so far: what the machine itself adds to any deadline. */
export const readTimerLateness = async (app: AppProcess): Promise<number[]> =>
  (await ask<{ lateMs: number[] }>(app, "timer-lateness")).lateMs;
