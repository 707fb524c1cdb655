import type { Redis } from "ioredis";
import { parseFailedReason } from "../../packages/shared/src/job/job-error.ts";
import type { ScoringJobData } from "../../packages/shared/src/job/scoring-job.ts";
import type { RedisKeys } from "../../packages/shared/src/redis/keys.ts";
import type { RedriveArguments } from "./read-arguments.ts";

/** A job that has failed, as it is kept. */
export interface FailedJob {
  id: string;
  data: ScoringJobData;
  createdAtMs: number;
  finishedAtMs: number;
}

const PAGE = 100;

const readFailed = async (
  redis: Redis,
  keys: RedisKeys,
  id: string,
): Promise<(FailedJob & { code: string }) | null> => {
  const [data, timestamp, finishedOn, reason] = await redis.hmget(
    keys.queueJob(id),
    "data",
    "timestamp",
    "finishedOn",
    "failedReason",
  );
  // What was ended from outside did not fail, nor is what was deleted there any more.
  if (!data || !finishedOn || (await redis.exists(keys.endMark(id))) === 1) return null;
  return {
    id,
    data: JSON.parse(data),
    createdAtMs: Number(timestamp),
    finishedAtMs: Number(finishedOn),
    code: parseFailedReason(reason ?? "").code,
  };
};

/** The failed jobs that are asked for, those first that failed first. */
export async function* findFailed(
  redis: Redis,
  keys: RedisKeys,
  { codes, sinceMs, tenant }: Pick<RedriveArguments, "codes" | "sinceMs" | "tenant">,
  nowMs: number,
): AsyncGenerator<FailedJob> {
  const range = [keys.queueFailed, sinceMs === null ? "-inf" : nowMs - sinceMs, nowMs] as const;
  // All ids first: what fails meanwhile is not redriven by the same call.
  const ids = await redis.zrangebyscore(...range);
  for (let from = 0; from < ids.length; from += PAGE) {
    const page = await Promise.all(ids.slice(from, from + PAGE).map((id) => readFailed(redis, keys, id)));
    for (const job of page) {
      if (!job || !codes.some((code) => code === job.code)) continue;
      if (tenant === null || job.data.tenant === tenant) yield job;
    }
  }
}
