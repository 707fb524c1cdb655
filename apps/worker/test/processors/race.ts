import { setTimeout as delay } from "node:timers/promises";

export interface RaceData {
  /** When the job answers, or its thread exits, after its start; whichever comes first. */
  answerMs: number;
  exitMs: number;
  deadlineMs: number;
}

export default async (job: { data: RaceData }): Promise<string> => {
  const exit = setTimeout(() => process.exit(1), job.data.exitMs);
  await delay(job.data.answerMs);
  clearTimeout(exit);
  return "answered";
};
