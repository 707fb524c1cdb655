import type { SandboxedJob } from "bullmq";

/** Counts up to a limit; below zero there is none. */
export default async (job: SandboxedJob<{ limit: number }>): Promise<number> => {
  let count = 0;
  while (count !== job.data.limit) count += 1;
  return count;
};
