import { Readable } from "node:stream";
import { promisify } from "node:util";
import { constants, createGzip, createZstdCompress, gzip, zstdCompress } from "node:zlib";
import type { Context } from "hono";
import { accepts } from "hono/accepts";
import type { Redis } from "ioredis";
import { JSON_HEADERS } from "./job-responses.ts";

/** A result's bytes, JSON, of which the beginning is here and the rest in Redis. */
export interface StoredResult {
  bytes: number;
  /** The first bytes; all of them when there are no more than {@link RESULT_HEAD_BYTES}. */
  head: Buffer;
  redis: Redis;
  key: string;
}

/** What a read brings at once; the rest of a larger result is read while it is sent, as fast as the client takes it. */
export const RESULT_HEAD_BYTES = 65_536;
const CHUNK_BYTES = 262_144;
/** Less is not worth compressing. */
const COMPRESSED_BYTES_MIN = 1_024;

const GZIP = { level: 1 };
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

// Node compresses in threads of its own.
const encodings = {
  gzip: { whole: promisify(gzip), stream: () => createGzip(GZIP), options: GZIP },
  zstd: { whole: promisify(zstdCompress), stream: () => createZstdCompress(ZSTD), options: ZSTD },
};

type Encoding = keyof typeof encodings | "identity";

/** The bytes of a result, piece by piece. */
export async function* readResult({ head, bytes, redis, key }: StoredResult): AsyncGenerator<Buffer> {
  yield head;
  for (let at = head.length; at < bytes; ) {
    const part = await redis.getrangeBuffer(key, at, at + CHUNK_BYTES - 1);
    if (part.length === 0) throw new Error("the result expired while it was sent");
    yield part;
    at += part.length;
  }
}

async function* spliceResult(open: string, result: StoredResult, close: string) {
  yield Buffer.from(open);
  yield* readResult(result);
  yield Buffer.from(close);
}

export const toWeb = (stream: Readable): ReadableStream =>
  Readable.toWeb(stream) as unknown as ReadableStream;

const toBody = async (
  open: string,
  result: StoredResult,
  close: string,
  encoding: Encoding,
): Promise<Buffer<ArrayBuffer> | ReadableStream> => {
  if (result.head.length === result.bytes) {
    const whole = Buffer.concat([Buffer.from(open), result.head, Buffer.from(close)]);
    if (encoding === "identity") return whole;
    const { whole: compress, options } = encodings[encoding];
    return (await compress(whole, options as never)) as Buffer<ArrayBuffer>;
  }
  const stream = Readable.from(spliceResult(open, result, close), { objectMode: false });
  return toWeb(encoding === "identity" ? stream : stream.compose(encodings[encoding].stream()));
};

const chooseEncoding = (context: Context, bytes: number): Encoding => {
  if (bytes < COMPRESSED_BYTES_MIN) return "identity";
  return accepts(context, {
    header: "Accept-Encoding",
    supports: [...Object.keys(encodings), "identity"],
    default: "identity",
  }) as Encoding;
};

/** Whether the client has it already (RFC 9110, 13.1.2). */
const isKnown = (context: Context, etag: string): boolean => {
  const known = context.req.header("If-None-Match");
  if (known === undefined || context.req.method === "POST") return false;
  const tags = known.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
};

/**
 * Answers with a result, spliced unparsed between the beginning and the end of a JSON text. A job's result never changes, so its id is
 * the entity tag.
 */
export const respondWithResult = async (
  context: Context,
  id: string,
  open: string,
  result: StoredResult,
  close: string,
): Promise<Response> => {
  const encoding = chooseEncoding(context, result.bytes);
  const etag = encoding === "identity" ? `"${id}"` : `"${id}-${encoding}"`;
  context.header("ETag", etag);
  context.header("Vary", "Accept-Encoding", { append: true });
  // Kept by the client alone, and asked for each time: until then it might have been deleted.
  context.header("Cache-Control", "private, no-cache");
  if (isKnown(context, etag)) return context.body(null, 304);
  if (encoding !== "identity") context.header("Content-Encoding", encoding);
  return context.body(await toBody(open, result, close, encoding), 200, JSON_HEADERS);
};
