import "../../apps/worker/src/sandbox/harden-thread.ts";
import type { ScoringJobData } from "@semblance/shared/job/scoring-job";
import type { SandboxedJob } from "bullmq";
import type { ThreadAnswer } from "../../apps/worker/src/scoring/thread-data.ts";

const RESULT = JSON.stringify({ results: [], scored: 0, duration_ms: 0 });

/**
 * Misbehaves by the number of candidates, so that a submission over HTTP chooses: 1 is fine, 2 spins for ever, 3 throws
 * outside of the job, 4 exits, 5 runs out of memory, 6 rejects nowhere.
 */
export default async (job: SandboxedJob<ScoringJobData>): Promise<ThreadAnswer> => {
  switch (job.data.candidateCount) {
    case 2:
      for (;;);
    case 3:
      setTimeout(() => {
        throw new Error("thrown outside of the job");
      });
      return new Promise(() => undefined);
    case 4:
      process.exit(7);
      break;
    case 5: {
      const hoard: unknown[] = [];
      for (;;) hoard.push(new Array(100_000).fill(hoard.length));
    }
    case 6:
      Promise.reject(new Error("rejected and not handled"));
      return new Promise(() => undefined);
  }
  return { result: new TextEncoder().encode(RESULT) };
};
