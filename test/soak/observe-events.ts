import { setTimeout as delay } from "node:timers/promises";
import { connectPatient } from "@semblance/shared/redis/connect";
import { redisKeys } from "@semblance/shared/redis/keys";
import { toRedisSettings } from "../support/connect-to-redis.ts";

/** Far fewer than the some 10,000 events that BullMQ keeps come in between. */
const POLL_MS = 100;
const BATCH = 1_000;

export interface EventObserver {
  /** By job, how BullMQ ended it: once, if all is well. */
  ends: ReadonlyMap<string, readonly string[]>;
  /** Reads what is left. */
  stop: () => Promise<void>;
  close: () => void;
}

type StreamReply = [key: string, entries: [id: string, fields: string[]][]][] | null;

const toRecord = (fields: string[]): Record<string, string> =>
  Object.fromEntries(fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1]!]] : [])));

/** Reads BullMQ's stream of events from its beginning, across restarts of Redis, and keeps those that end a job. */
export const observeEvents = (redisUrl: string, keyPrefix: string): EventObserver => {
  const redis = connectPatient(toRedisSettings(redisUrl, keyPrefix), () => undefined);
  const stream = redisKeys(keyPrefix).queueJob("events");
  const ends = new Map<string, string[]>();
  let lastId = "0-0";
  let isStopping = false;

  const readOn = async (): Promise<number> => {
    const reply = (await redis.xread("COUNT", BATCH, "STREAMS", stream, lastId)) as StreamReply;
    const entries = reply?.[0]?.[1] ?? [];
    for (const [id, fields] of entries) {
      lastId = id;
      const { event, jobId } = toRecord(fields);
      if (event !== "completed" && event !== "failed") continue;
      ends.set(jobId!, [...(ends.get(jobId!) ?? []), event]);
    }
    return entries.length;
  };

  const observing = (async () => {
    for (;;) {
      // A Redis that is ending or starting may answer with an error.
      const count = await readOn().catch(() => 0);
      if (count > 0) continue;
      if (isStopping) return;
      await delay(POLL_MS);
    }
  })();

  return {
    ends,
    stop: async () => {
      isStopping = true;
      await observing;
    },
    close: () => {
      isStopping = true;
      redis.disconnect();
    },
  };
};
