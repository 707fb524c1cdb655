import { JOB_FIELDS, type JobFields, type JobRecord, readJobRecord } from "@semblance/shared/job/job-record";
import { type JobView, toJobView, type ViewOptions } from "@semblance/shared/job/job-view";
import type { RedisKeys } from "@semblance/shared/redis/keys";
import type { ToldJob } from "@semblance/shared/webhook/delivery";
import { eventOf, type WebhookEventType } from "@semblance/shared/webhook/webhook-event";
import type { Redis } from "ioredis";

export interface EndMessage {
  type: WebhookEventType;
  happenedAtMs: number;
  body: Buffer;
}

export interface ComposeOptions extends ViewOptions {
  redis: Redis;
  keys: RedisKeys;
  /** A larger result is left to be fetched. */
  resultBytesMax: number;
}

/** How a job ended as far as BullMQ's record of its delivery tells, when its own is gone: the reason of a failure, if it was one. */
export interface EndOfChild {
  failedReason: string | null;
}

interface EndedJob {
  record: JobRecord;
  resultBytes: number;
  resultHead: Buffer;
}

type Reply = [error: Error | null, value: unknown];

const readEndedJob = async (
  { redis, keys, resultBytesMax }: ComposeOptions,
  id: string,
): Promise<EndedJob | null> => {
  // The mark first: whoever ends a job from outside sets it before the job goes.
  const replies = await redis
    .pipeline()
    .hgetall(keys.endMark(id))
    .hmget(keys.queueJob(id), ...JOB_FIELDS)
    .strlen(keys.result(id))
    .getrangeBuffer(keys.result(id), 0, Math.max(0, resultBytesMax - 1))
    .exec();
  const [mark, values, resultBytes, resultHead] = (replies as Reply[]).map(([error, value]) => {
    if (error) throw error;
    return value;
  }) as [JobFields, (string | null)[], number, Buffer];
  const fields: JobFields = Object.fromEntries(JOB_FIELDS.map((field, at) => [field, values[at] ?? null]));
  const record = readJobRecord(id, mark, false) ?? readJobRecord(id, fields, false);
  return record && { record, resultBytes, resultHead };
};

/** What was known when the job was submitted, and that it has ended. What else there was to tell is forgotten. */
const toRecord = (
  { id, createdAtMs, facts }: ToldJob,
  { failedReason }: EndOfChild,
  nowMs: number,
): JobRecord => {
  const fields: JobFields = {
    data: JSON.stringify(facts),
    timestamp: String(createdAtMs),
    finishedOn: String(nowMs),
    ...(failedReason === null ? { returnvalue: "null" } : { failedReason }),
  };
  return readJobRecord(id, fields, false)!;
};

/** The job's JSON, with its result spliced in as it is stored. */
const toData = (view: JobView, result: Buffer | null): Buffer => {
  const json = JSON.stringify({ ...view, result_included: result !== null });
  if (!result) return Buffer.from(json);
  return Buffer.concat([Buffer.from(`${json.slice(0, -1)},"result":`), result, Buffer.from("}")]);
};

/**
 * The message that tells of a job's end, by Standard Webhooks 1.0: `{ "type", "timestamp", "data": <job> }`.
 *
 * @param endOfChild asked for only when the job itself is no longer kept; `null` when that is not known either
 * @returns `null` for a job of whose end nothing is known: its submission was taken back
 * @throws when it has not ended
 */
export const composeMessage = async (
  options: ComposeOptions,
  job: ToldJob,
  endOfChild: () => Promise<EndOfChild | null>,
  nowMs: number,
): Promise<EndMessage | null> => {
  const ended = await readEndedJob(options, job.id);
  const end = ended ? null : await endOfChild();
  if (!ended && !end) return null;
  const record = ended?.record ?? toRecord(job, end!, nowMs);
  const type = eventOf(record.status);
  if (!type) throw new Error(`a job is ${record.status}, and its delivery was released`);
  const metadata = job.metadata ? (JSON.parse(job.metadata) as Record<string, string>) : {};
  const isIncluded =
    ended !== null &&
    record.status === "succeeded" &&
    ended.resultBytes > 0 &&
    // Larger ones come in part, and one that has just expired not at all.
    ended.resultHead.length === ended.resultBytes;
  const happenedAtMs = record.finishedAtMs ?? nowMs;
  const head = Buffer.from(
    `{"type":${JSON.stringify(type)},"timestamp":${JSON.stringify(new Date(happenedAtMs).toISOString())},"data":`,
  );
  const data = toData(toJobView(record, metadata, options), isIncluded ? ended.resultHead : null);
  return { type, happenedAtMs, body: Buffer.concat([head, data, Buffer.from("}")]) };
};
