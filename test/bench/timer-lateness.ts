import { once } from "node:events";
import type { AppProcess } from "../support/app-process.ts";

/** How many ms late each timer of the idle process was so far: what the machine itself adds to any deadline. */
export const readTimerLateness = async ({ child }: AppProcess): Promise<number[]> => {
  const answer = once(child, "message");
  child.send("timer-lateness");
  const [{ lateMs }] = (await answer) as [{ lateMs: number[] }];
  return lateMs;
};
