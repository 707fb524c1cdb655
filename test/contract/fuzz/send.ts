import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { gunzipSync, zstdDecompressSync } from "node:zlib";

export interface Sent {
  url: string;
  method: string;
  /** Path and query, as they go over the wire. */
  target: string;
  headers: [string, string][];
  body: Buffer | null;
  isChunked: boolean;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Without its content encoding; of a stream, what came in time. */
  body: Buffer;
}

/** Generous: it tells a hang from a slow machine. */
const LIMIT_MS = 20_000;
/** How long a stream is listened to after its first event; that of a job which does not end has no end. */
const STREAM_MS = 150;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

const decode = (body: Buffer, encoding: string | undefined): Buffer => {
  if (body.length === 0) return body;
  if (encoding === "gzip") return gunzipSync(body);
  if (encoding === "zstd") return zstdDecompressSync(body);
  return body;
};

const toHeaderLines = ({ headers, body, isChunked }: Sent): string[] => [
  ...headers.flat(),
  ...(body ? (isChunked ? ["Transfer-Encoding", "chunked"] : ["Content-Length", String(body.length)]) : []),
  ...(headers.some(([name]) => name === "Host") ? [] : ["Host", "localhost"]),
];

/** The server closed the connection as the request was on its way: nothing is known to have come of it. */
class ConnectionGone extends Error {}

const attempt = (sent: Sent): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(sent.url);
    const outgoing = request({
      agent,
      hostname,
      port,
      method: sent.method,
      path: sent.target,
      headers: toHeaderLines(sent),
      setHost: false,
    });
    const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${LIMIT_MS} ms`)), LIMIT_MS);
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const isGone = outgoing.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
      reject(isGone ? new ConnectionGone() : error);
    });
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      const { statusCode: status = 0, headers } = incoming;
      const settle = () => {
        clearTimeout(timer);
        try {
          resolve({ status, headers, body: decode(Buffer.concat(chunks), headers["content-encoding"]) });
        } catch (error) {
          reject(error as Error);
        }
      };
      const isStream = headers["content-type"]?.startsWith("text/event-stream");
      let isHeard = false;
      incoming.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if (!isStream || isHeard || !chunk.includes("data: ")) return;
        isHeard = true;
        setTimeout(() => {
          settle();
          incoming.destroy();
        }, STREAM_MS);
      });
      incoming.on("end", settle);
      incoming.on("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
    });
    outgoing.end(sent.body ?? undefined);
  });

/** @throws when there is no whole answer in time */
export const send = async (sent: Sent): Promise<Answer> => {
  for (;;) {
    try {
      return await attempt(sent);
    } catch (error) {
      if (!(error instanceof ConnectionGone)) throw error;
    }
  }
};

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

const isPlain = (text: string) => [...text].every((character) => character >= " " && character !== "\u007f");

/** The request as a command line, what no shell can hold as bytes in base64. */
export const toCurl = ({ url, method, target, headers, body, isChunked }: Sent): string => {
  const text = body?.toString() ?? "";
  const isText = body !== null && Buffer.from(text).equals(body) && isPlain(text);
  return [
    ...(body && !isText ? [`echo ${body.toString("base64")} | base64 -d |`] : []),
    "curl -i --path-as-is",
    ...(method === "HEAD" ? ["-I"] : ["-X", method]),
    ...headers.map(([name, value]) => `-H ${quote(value === "" ? `${name};` : `${name}: ${value}`)}`),
    ...(isChunked && body ? [`-H 'Transfer-Encoding: chunked'`] : []),
    ...(body ? [`--data-binary ${isText ? quote(text) : "@-"}`] : []),
    quote(`${url}${target}`),
  ].join(" ");
};
