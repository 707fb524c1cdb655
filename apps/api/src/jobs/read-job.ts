import { isJobId } from "@semblance/shared/job/job-id";
import { JOB_FIELDS, type JobFields, type JobRecord, readJobRecord } from "@semblance/shared/job/job-record";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { Problem } from "../problems/problem.ts";
import { RESULT_HEAD_BYTES, readFromRedis, type StoredResult } from "../results/stored-result.ts";

export interface StoredJob {
  record: JobRecord;
  metadata: Record<string, string>;
  /** Once the job has succeeded. */
  result: StoredResult | null;
}

/** What a read needs to know beside the id. */
export interface JobReaderOptions {
  redis: Redis;
  keys: RedisKeys;
  resultTtlMs: number;
}

type Reply = [error: Error | null, value: unknown];

const unwrap = <Value>([error, value]: Reply): Value => {
  if (error) throw error;
  return value as Value;
};

const zip = (values: (string | null)[]): JobFields =>
  Object.fromEntries(JOB_FIELDS.map((field, index) => [field, values[index] ?? null]));

const unknownJob = () => new Problem("not-found", { detail: "There is no job with this id." });

/**
 * Reads a job in one round trip, whatever the length of the queue.
 *
 * Not in a transaction, which a Redis out of memory refuses even when it only reads. What may happen between two of these reads
 * is made harmless by their order: whoever completes a job has stored its result, and whoever ends it from outside sets the
 * mark before the job goes.
 *
 * @throws {Problem} `not-found` for an unknown id, a deleted job, another tenant's job, and a job whose time to be kept is over
 */
export const readJob = async (
  { redis, keys, resultTtlMs }: JobReaderOptions,
  tenant: string,
  id: string,
): Promise<StoredJob> => {
  if (!isJobId(id)) throw unknownJob();
  const replies = await redis
    .pipeline()
    .exists(keys.queueLock(id))
    .zscore(keys.startDeadlines, id)
    .hmget(keys.queueJob(id), ...JOB_FIELDS)
    .hgetall(keys.endMark(id))
    .get(keys.metadata(id))
    .strlen(keys.result(id))
    .getrangeBuffer(keys.result(id), 0, RESULT_HEAD_BYTES - 1)
    .exec();
  if (!replies) throw new Error("the pipeline was discarded");
  const [locked, unstarted, fields, endMark, metadata, resultBytes, resultHead] = replies as [
    Reply,
    Reply,
    Reply,
    Reply,
    Reply,
    Reply,
    Reply,
  ];

  // A worker takes jobs ahead, which wait there for a thread.
  const isRunning = unwrap<number>(locked) === 1 && unwrap<string | null>(unstarted) === null;
  const mark = unwrap<JobFields & { deleted?: string }>(endMark);
  if (mark.deleted) throw unknownJob();
  const record =
    readJobRecord(id, mark, false) ?? readJobRecord(id, zip(unwrap<(string | null)[]>(fields)), isRunning);
  if (!record || record.tenant !== tenant) throw unknownJob();
  const bytes = record.status === "succeeded" ? unwrap<number>(resultBytes) : 0;
  // BullMQ drops an ended job only when another one ends, so what is over by the clock counts as gone.
  const isOver = record.finishedAtMs !== null && record.finishedAtMs + resultTtlMs <= Date.now();
  if (isOver || (record.status === "succeeded" && bytes === 0)) throw unknownJob();
  const metadataJson = unwrap<string | null>(metadata);
  return {
    record,
    metadata: metadataJson ? (JSON.parse(metadataJson) as Record<string, string>) : {},
    result:
      bytes === 0
        ? null
        : { bytes, head: unwrap<Buffer>(resultHead), read: readFromRedis(redis, keys.result(id)) },
  };
};
