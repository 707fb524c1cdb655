import { promises as dns } from "node:dns";
import { isIP } from "node:net";
import type { WebhookRules } from "@semblance/shared/webhook/webhook-rules";
import { isAllowedHost, refuseWebhookUrl } from "@semblance/shared/webhook/webhook-url";
import type { Client } from "undici";
import { readExcerpt } from "./answer-excerpt.ts";
import { pinnedClient } from "./pinned-client.ts";
import { PostError, type PostErrorCode, toPostError } from "./post-error.ts";
import { queryDns } from "./query-dns.ts";
import { type Resolve, resolveGuarded } from "./resolve-guarded.ts";
import { parseRetryAfter } from "./retry-after.ts";

export interface PostRequest {
  url: string;
  body: Buffer;
  headers: Record<string, string>;
  rules: WebhookRules;
  /** For all of it, looking up the host's name and reading the answer included. */
  timeoutMs: number;
  /** Ends the attempt, as on shutdown. */
  signal: AbortSignal;
  /** DNS, and for listed hosts the system's own, unless told otherwise, as tests do. */
  resolve?: Resolve;
}

interface Answer {
  /** 2xx is success, whatever came of the rest of the answer; redirects are not followed. */
  status: number;
  /** Its first 1 KiB. */
  answer: string;
  retryAfterS: number | null;
}

interface NoAnswer {
  status: null;
  error: { code: PostErrorCode; message: string };
  answer: null;
  retryAfterS: null;
}

/** What came of an attempt: an answer, or why there is none. */
export type PostOutcome = ((Answer & { error: null }) | NoAnswer) & { durationMs: number };

export const isDelivered = ({ status }: PostOutcome): boolean =>
  status !== null && status >= 200 && status <= 299;

/** A name of a private network may stand anywhere that this machine looks. */
const lookUp: Resolve = (hostname) => dns.lookup(hostname, { all: true });

/** A look-up cannot be called off, only left behind. */
const unlessAborted = <Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> => {
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => aborted.reject(signal.reason), { once: true });
  return Promise.race([promise, aborted.promise]);
};

const exchange = async (
  client: Client,
  url: URL,
  request: PostRequest,
  signal: AbortSignal,
): Promise<Answer> => {
  const { statusCode, headers, body } = await client.request({
    method: "POST",
    path: url.pathname + url.search,
    headers: { "user-agent": "Semblance-Webhooks/1", ...request.headers },
    body: request.body,
    reset: true,
    signal,
  });
  return {
    status: statusCode,
    retryAfterS: parseRetryAfter(headers["retry-after"], Date.now()),
    answer: await readExcerpt(body),
  };
};

const post = async (request: PostRequest, signal: AbortSignal): Promise<Answer> => {
  const { rules } = request;
  signal.throwIfAborted();
  const refusal = refuseWebhookUrl(request.url, rules);
  if (refusal !== null) throw new PostError("refused_url", refusal);
  const url = new URL(request.url);
  // An address in the URL has been judged along with it.
  const isAddress = isIP(url.hostname) !== 0 || url.hostname.startsWith("[");
  const { resolve = isAllowedHost(url, rules) ? lookUp : queryDns } = request;
  const addresses = isAddress ? [] : await unlessAborted(resolveGuarded(url, rules, resolve, signal), signal);
  const client = pinnedClient(url.origin, addresses);
  try {
    return await exchange(client, url, request, signal);
  } finally {
    await client.destroy();
  }
};

const toNoAnswer = (error: unknown): NoAnswer => {
  const told = toPostError(error);
  if (!(told instanceof PostError)) throw error;
  const { code, message } = told;
  return { status: null, error: { code, message }, answer: null, retryAfterS: null };
};

/**
 * Sends a webhook once, by a connection of its own. Its host's name is looked up for this attempt alone, the addresses are judged,
 * and no others are connected to. At most 64 KiB of the answer are read.
 *
 * @throws what is none of the receiver's doing
 */
export const postWebhook = async (request: PostRequest): Promise<PostOutcome> => {
  const startedMs = performance.now();
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new PostError("timed_out")), request.timeoutMs);
  const abort = () => limit.abort(new PostError("aborted"));
  request.signal.addEventListener("abort", abort);
  if (request.signal.aborted) abort();
  try {
    const outcome = await post(request, limit.signal).then(
      (answer) => ({ ...answer, error: null }),
      (error) => toNoAnswer(error),
    );
    return { ...outcome, durationMs: Math.round(performance.now() - startedMs) };
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener("abort", abort);
  }
};
