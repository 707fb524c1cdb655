import { isJobId } from "@semblance/shared/job/job-id";
import { JOB_FIELDS, type JobFields, type JobRecord, readJobRecord } from "@semblance/shared/job/job-record";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { Redis } from "ioredis";
import { Problem } from "../problems/problem.ts";
import { RESULT_HEAD_BYTES, readFromRedis, type StoredResult } from "../results/stored-result.ts";

export interface JobSummary {
  record: JobRecord;
  metadata: Record<string, string>;
}

export interface StoredJob extends JobSummary {
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

type Pipeline = ReturnType<Redis["pipeline"]>;

const READS = 6;

/**
 * What may happen between two of these reads is made harmless by their order: whoever completes a job has stored its result, and
 * whoever ends it from outside sets the mark before the job goes.
 */
const askForJob = (pipeline: Pipeline, keys: RedisKeys, id: string): Pipeline =>
  pipeline
    .exists(keys.queueLock(id))
    .zscore(keys.startDeadlines, id)
    .hmget(keys.queueJob(id), ...JOB_FIELDS)
    .hgetall(keys.endMark(id))
    .get(keys.metadata(id))
    .strlen(keys.result(id));

/** Not in a transaction, which a Redis out of memory refuses even when it only reads. */
const run = async (pipeline: Pipeline): Promise<Reply[]> => {
  const replies = await pipeline.exec();
  if (!replies) throw new Error("the pipeline was discarded");
  return replies as Reply[];
};

/** @returns `null` for an unknown id, a deleted job, another tenant's, and one whose time to be kept is over */
const readReplies = (
  replies: Reply[],
  { resultTtlMs }: JobReaderOptions,
  tenant: string,
  id: string,
): (JobSummary & { resultBytes: number }) | null => {
  const [locked, unstarted, fields, endMark, metadata, resultBytes] = replies as [
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
  if (mark.deleted) return null;
  const record =
    readJobRecord(id, mark, false) ?? readJobRecord(id, zip(unwrap<(string | null)[]>(fields)), isRunning);
  if (!record || record.tenant !== tenant) return null;
  const bytes = record.status === "succeeded" ? unwrap<number>(resultBytes) : 0;
  // BullMQ drops an ended job only when another one ends, so what is over by the clock counts as gone.
  const isOver = record.finishedAtMs !== null && record.finishedAtMs + resultTtlMs <= Date.now();
  if (isOver || (record.status === "succeeded" && bytes === 0)) return null;
  const metadataJson = unwrap<string | null>(metadata);
  return {
    record,
    metadata: metadataJson ? (JSON.parse(metadataJson) as Record<string, string>) : {},
    resultBytes: bytes,
  };
};

/**
 * Reads a job in one round trip, whatever the length of the queue.
 *
 * @throws {Problem} `not-found` for an unknown id, a deleted job, another tenant's job, and a job whose time to be kept is over
 */
export const readJob = async (options: JobReaderOptions, tenant: string, id: string): Promise<StoredJob> => {
  if (!isJobId(id)) throw unknownJob();
  const { redis, keys } = options;
  const resultKey = keys.result(id);
  const pipeline = askForJob(redis.pipeline(), keys, id).getrangeBuffer(resultKey, 0, RESULT_HEAD_BYTES - 1);
  const replies = await run(pipeline);
  const job = readReplies(replies, options, tenant, id);
  if (!job) throw unknownJob();
  const { resultBytes, ...summary } = job;
  if (resultBytes === 0) return { ...summary, result: null };
  const head = unwrap<Buffer>(replies.at(-1)!);
  return { ...summary, result: { bytes: resultBytes, head, read: readFromRedis(redis, resultKey) } };
};

/**
 * Reads a job without its result, in one round trip.
 *
 * @throws {Problem} `not-found`, as {@link readJob} does
 */
export const readJobSummary = async (
  options: JobReaderOptions,
  tenant: string,
  id: string,
): Promise<JobSummary> => {
  const [job] = isJobId(id) ? await readJobs(options, tenant, [id]) : [];
  if (!job) throw unknownJob();
  return job;
};

/**
 * Reads many jobs of a tenant, without their results, in one round trip.
 *
 * @returns `null` for those that there are not, or no more
 */
export const readJobs = async (
  options: JobReaderOptions,
  tenant: string,
  ids: readonly string[],
): Promise<(JobSummary | null)[]> => {
  if (ids.length === 0) return [];
  const pipeline = options.redis.pipeline();
  for (const id of ids) askForJob(pipeline, options.keys, id);
  const replies = await run(pipeline);
  return ids.map((id, index) =>
    readReplies(replies.slice(index * READS, (index + 1) * READS), options, tenant, id),
  );
};
