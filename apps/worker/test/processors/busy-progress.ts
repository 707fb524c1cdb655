import type { SandboxedJob } from "bullmq";

/** Reports progress without waiting for it, then goes on for as long as it is told, and says whose answer this is. */
export default async (job: SandboxedJob<{ busyMs: number; progress: boolean }>): Promise<string> => {
  if (job.data.progress) void job.updateProgress(1);
  const untilMs = performance.now() + job.data.busyMs;
  while (performance.now() < untilMs);
  return `the answer of ${job.name}`;
};
