import { Readable } from "node:stream";
import { promisify } from "node:util";
import { constants, createGzip, createZstdCompress, gzip, zstdCompress } from "node:zlib";
import type { Context } from "hono";
import Negotiator from "negotiator";
import { gather } from "./gather.ts";
import { RESULT_HEAD_BYTES } from "./stored-result.ts";

/** One representation of a result, which never changes. */
export interface Representation {
  contentType: string;
  /** Its entity tag, but for the encoding and the quotes. */
  tag: string;
  /** How many bytes the stored result has. */
  storedBytes: number;
  /** Asked for unless the client has it already. */
  open: () => RepresentationBody | Promise<RepresentationBody>;
}

export interface RepresentationBody {
  /** How many of the stored bytes it is made of. */
  storedBytes: number;
  pieces: AsyncIterable<Uint8Array>;
}

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

export const toWeb = (stream: Readable): ReadableStream =>
  Readable.toWeb(stream) as unknown as ReadableStream;

const toBody = async (
  { storedBytes, pieces }: RepresentationBody,
  encoding: Encoding,
): Promise<Buffer<ArrayBuffer> | ReadableStream> => {
  if (storedBytes <= RESULT_HEAD_BYTES) {
    const whole = await gather(pieces);
    if (encoding === "identity") return whole;
    const { whole: compress, options } = encodings[encoding];
    return (await compress(whole, options as never)) as Buffer<ArrayBuffer>;
  }
  const stream = Readable.from(pieces, { objectMode: false });
  return toWeb(encoding === "identity" ? stream : stream.compose(encodings[encoding].stream()));
};

const chooseEncoding = (context: Context, bytes: number): Encoding => {
  if (bytes < COMPRESSED_BYTES_MIN) return "identity";
  const headers = { "accept-encoding": context.req.header("Accept-Encoding") };
  const chosen = new Negotiator({ headers }).encoding([...Object.keys(encodings), "identity"]);
  return (chosen ?? "identity") as Encoding;
};

/** Whether the client has it already (RFC 9110, 13.1.2). */
const isKnown = (context: Context, etag: string): boolean => {
  const known = context.req.header("If-None-Match");
  if (known === undefined || context.req.method === "POST") return false;
  const tags = known.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
};

/** Answers with a result, compressed as the client accepts it, piece by piece when it is large; or with 304. */
export const respondWithResult = async (
  context: Context,
  { contentType, tag, storedBytes, open }: Representation,
): Promise<Response> => {
  const encoding = chooseEncoding(context, storedBytes);
  const etag = encoding === "identity" ? `"${tag}"` : `"${tag}-${encoding}"`;
  context.header("ETag", etag);
  context.header("Vary", "Accept-Encoding", { append: true });
  // Kept by the client alone, and asked for each time: until then it might have been deleted.
  context.header("Cache-Control", "private, no-cache");
  if (isKnown(context, etag)) return context.body(null, 304);
  const body = await toBody(await open(), encoding);
  if (encoding !== "identity") context.header("Content-Encoding", encoding);
  return context.body(body, 200, { "Content-Type": contentType });
};
