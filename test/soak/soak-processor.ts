import { readFileSync } from "node:fs";
import type { ScoringJobData } from "@semblance/shared/job/scoring-job";
import type { SandboxedJob } from "bullmq";
import type { ThreadAnswer } from "../../apps/worker/src/scoring/thread-data.ts";
import score from "../../apps/worker/src/scoring/thread-entry.ts";
import { behaviourOf } from "./behaviour.ts";

if (readFileSync(process.env["THREAD_ORDERS"]!, "utf8") === "throw") throw new Error("thrown on import");

const never = new Promise<never>(() => undefined);

/** The product's own processor, but for the jobs that are to misbehave. */
export default async (job: SandboxedJob<ScoringJobData>): Promise<ThreadAnswer> => {
  switch (behaviourOf(job.data.timeoutMs)) {
    case "scores":
      return score(job);
    case "hangs":
      for (;;);
    case "throws":
      setTimeout(() => {
        throw new Error("thrown outside of the job");
      });
      return never;
    case "exits":
      return process.exit(7);
    case "exhausts_heap": {
      const hoard: unknown[] = [];
      for (;;) hoard.push(new Array(100_000).fill(hoard.length));
    }
    case "rejects":
      Promise.reject(new Error("rejected and not handled"));
      return never;
  }
};
