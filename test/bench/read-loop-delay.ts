import type { AppProcess } from "../support/app-process.ts";
import { ask } from "./ask.ts";
import type { LoopDelay } from "./loop-probe.ts";

/** What is told to Node for a process whose event loop is to be read. */
export const LOOP_PROBE = ["--import", new URL("./loop-probe.ts", import.meta.url).href];

/** How late the event loop of a process started with `LOOP_PROBE` was since this was last asked. */
export const readLoopDelay = async (app: AppProcess): Promise<LoopDelay> =>
  (await ask<{ delay: LoopDelay }>(app, "loop-delay")).delay;
