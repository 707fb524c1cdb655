import type { Job } from "@semblance/client";

export interface Timings {
  queuedMs: number;
  /** `null` before it has started. */
  runningMs: number | null;
}

/** How long a job has waited and run so far: of several attempts the latest one's run, all before it counting as waiting. */
export const timingsOf = (job: Job, nowMs = Date.now()): Timings => {
  const createdMs = Date.parse(job.created_at);
  const endMs = job.finished_at === null ? nowMs : Date.parse(job.finished_at);
  const isWaiting = job.started_at === null || job.status === "queued";
  const startMs = isWaiting ? endMs : Date.parse(job.started_at!);
  return {
    queuedMs: Math.max(0, startMs - createdMs),
    runningMs: isWaiting ? null : Math.max(0, endMs - startMs),
  };
};
