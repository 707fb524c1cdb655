import type { Redis } from "ioredis";

/** A result's bytes, JSON as `writeResult` of the worker makes it, of which the beginning is here. */
export interface StoredResult {
  bytes: number;
  /** The first bytes; all of them when there are no more than {@link RESULT_HEAD_BYTES}. */
  head: Buffer;
  /** Reads from `start` on and not beyond `end`, maybe less; nothing at all when the result is gone. */
  read: (start: number, end: number) => Promise<Buffer>;
}

/** What a read brings at once; the rest of a larger result is read while it is sent, as fast as the client takes it. */
export const RESULT_HEAD_BYTES = 65_536;
/** What is looked through, and written anew, before others get their turn. */
const CHUNK_BYTES = 65_536;

export const readFromRedis =
  (redis: Redis, key: string): StoredResult["read"] =>
  (start, end) =>
    redis.getrangeBuffer(key, start, end - 1);

/** The bytes from `start` to before `end`, read as they are asked for. */
export async function* readRange({ head, read }: StoredResult, start: number, end: number) {
  for (let at = start; at < end; ) {
    const part = at < head.length ? head.subarray(at, end) : await read(at, Math.min(end, at + CHUNK_BYTES));
    if (part.length === 0) throw new Error("the result expired while it was sent");
    yield part;
    at += part.length;
  }
}
