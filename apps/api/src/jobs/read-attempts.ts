import type { AttemptView } from "@semblance/shared/job/attempt-view";
import { parseFailedReason } from "@semblance/shared/job/job-error";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";

/** BullMQ's names; the mark of a job that was ended from outside has the same. */
const FIELDS = ["stacktrace", "stc", "atm", "returnvalue"] as const;

type Fields = [failures: string | null, stalls: string | null, made: string | null, returned: string | null];

const WORKER_GONE = { code: "crashed", message: "the worker process that held this job went away" } as const;

const toAttempts = ([failures, stalls, made, returned]: Fields): AttemptView[] => {
  const reasons = JSON.parse(failures ?? "[]") as string[];
  const failed = Number(made ?? 0) - (returned === null ? 0 : 1);
  // Those of an earlier release's jobs are stacks, and the latest alone is kept.
  const told = reasons.map((reason, at) => ({
    attempt: failed - reasons.length + 1 + at,
    error: parseFailedReason(/^(?:\w*Error: )?(.*)/.exec(reason)![1]!),
  }));
  // A worker that finds a job too late has not begun with it, which BullMQ counts all the same.
  const begun = told.filter(({ attempt, error }) => attempt > 0 && error.code !== "expired");
  const lost = Array.from({ length: Number(stalls ?? 0) }, () => ({ attempt: null, error: WORKER_GONE }));
  return [...lost, ...begun];
};

/** Reads why attempts of a job failed, the oldest first; before them those of workers that died, which BullMQ counts apart. */
export const readAttempts = async (redis: Redis, keys: RedisKeys, id: string): Promise<AttemptView[]> => {
  const [ofJob, ofMark] = await Promise.all(
    [keys.queueJob(id), keys.endMark(id)].map((key) => redis.hmget(key, ...FIELDS) as Promise<Fields>),
  );
  const [, , madeByMark] = ofMark!;
  return toAttempts(madeByMark === null ? ofJob! : ofMark!);
};
