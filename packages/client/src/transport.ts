import { ConnectionError, ProblemError, SemblanceError } from "./errors.ts";
import { type RetryOptions, retrying } from "./retry.ts";
import { TimeLimit } from "./time-limit.ts";
import type { Problem } from "./wire-types.ts";

export interface TransportOptions {
  /** Where the API is, with the path below which it is, if any. */
  url: string | URL;
  /** Goes with each request as a bearer token. */
  apiKey?: string;
  /** Sends the requests; the global `fetch` unless given. */
  fetch?: typeof globalThis.fetch;
  /** How long one request may take, beside the time that the API is asked to hold its answer. 30,000 unless given. */
  requestTimeoutMs?: number;
  retry?: RetryOptions;
}

export interface Call {
  method?: "GET" | "POST" | "DELETE";
  /** Begins with `/v1`. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** For how long the API is asked to hold its answer until the job has ended (`Prefer: wait`, RFC 7240). */
  waitS?: number;
  limit: TimeLimit;
  /** A request under way is not broken off with its limit, whose caller wants to know what becomes of it. */
  outlivesLimit?: boolean;
}

export interface Answer<Body> {
  body: Body;
  retryAfterS: number | null;
}

/** Reads `Retry-After` (RFC 9110, 10.2.3): seconds or a date. */
const readRetryAfterS = (headers: Headers): number | null => {
  const value = headers.get("Retry-After");
  if (value === null) return null;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1_000;
  return Number.isNaN(seconds) ? null : Math.max(0, seconds);
};

const toProblemError = async (response: Response): Promise<ProblemError> => {
  const { status, statusText, headers } = response;
  const text = await response.text();
  const isProblem = /^application\/problem\+json\b/.test(headers.get("Content-Type") ?? "");
  const bare = { type: "about:blank", title: `The answer was ${status} ${statusText}`.trimEnd(), status };
  const problem: Problem = isProblem ? { ...bare, ...JSON.parse(text) } : bare;
  return new ProblemError(problem, readRetryAfterS(headers));
};

/** What became of a request that has failed, in this package's words. */
const toError = (error: unknown, { signal }: TimeLimit): unknown => {
  if (signal.aborted) return signal.reason;
  if (error instanceof SemblanceError) return error;
  return new ConnectionError("there was no whole answer", { cause: error });
};

/** Sends requests, and again those that are worth it. */
export class Transport {
  readonly #baseUrl: string;
  readonly #headers: Headers;
  readonly #fetch: typeof globalThis.fetch;
  readonly #requestTimeoutMs: number;
  readonly #retry: RetryOptions;

  /** @throws {TypeError} when `url` is none, or `apiKey` cannot be a header */
  constructor({ url, apiKey, fetch, requestTimeoutMs = 30_000, retry = {} }: TransportOptions) {
    this.#baseUrl = new URL(url).href.replace(/\/+$/, "");
    this.#headers = new Headers(apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` });
    // Browsers' own may not be called as a method of something else.
    this.#fetch = fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#retry = retry;
  }

  /**
   * Sends a request until it is answered, and reads its answer as JSON.
   *
   * @throws {ProblemError | ConnectionError} the last failure
   */
  async json<Body>(call: Call): Promise<Answer<Body>> {
    const init = this.#toInit(call);
    const limitMs = this.#requestTimeoutMs + (call.waitS ?? 0) * 1_000;
    return retrying(this.#retry, call.limit, async () => {
      const outer = call.outlivesLimit ? undefined : call.limit.signal;
      const limit = new TimeLimit(limitMs, () => new ConnectionError("there was no answer in time"), outer);
      try {
        const response = await this.#send(call.path, init, limit);
        const text = await response.text();
        return {
          body: (text === "" ? undefined : JSON.parse(text)) as Body,
          retryAfterS: readRetryAfterS(response.headers),
        };
      } catch (error) {
        throw toError(error, limit);
      } finally {
        limit.end();
      }
    });
  }

  /**
   * Sends a request and hands the bytes of its answer on as they come.
   *
   * @param silenceMs after how long without any the connection counts as lost
   * @throws {ProblemError | ConnectionError} the last failure before the answer has begun, or a connection that breaks off
   */
  async *bytes(call: Call, contentType: string, silenceMs: number): AsyncGenerator<Uint8Array, void> {
    const init = this.#toInit(call);
    const { body, limit } = await retrying(this.#retry, call.limit, () => {
      const toReason = () => new ConnectionError("nothing came for too long");
      return this.#open(call.path, init, contentType, new TimeLimit(silenceMs, toReason, call.limit.signal));
    });
    const reader = body.getReader();
    try {
      for (;;) {
        limit.restart();
        const { value, done } = await reader.read();
        // How long the reader takes for it is no silence.
        limit.pause();
        if (done) return;
        yield value;
      }
    } catch (error) {
      throw toError(error, limit);
    } finally {
      limit.end();
      await reader.cancel().catch(() => undefined);
    }
  }

  /** The limit goes with the body that it ends, or ends here. */
  async #open(path: string, init: RequestInit, contentType: string, limit: TimeLimit) {
    try {
      const { status, headers, body } = await this.#send(path, init, limit);
      if (body && headers.get("Content-Type")?.startsWith(contentType)) return { body, limit };
      await body?.cancel();
      throw new ProblemError({ type: "about:blank", title: `The answer is no ${contentType}`, status });
    } catch (error) {
      limit.end();
      throw toError(error, limit);
    }
  }

  /** Outside of what is tried again: headers that are none are a mistake of the caller. */
  #toInit({ method = "GET", headers = {}, body, waitS }: Call): RequestInit {
    const all = new Headers(this.#headers);
    for (const [name, value] of Object.entries(headers)) all.set(name, value);
    if (waitS !== undefined) all.set("Prefer", `wait=${waitS}`);
    if (body === undefined) return { method, headers: all };
    all.set("Content-Type", "application/json");
    return { method, headers: all, body };
  }

  async #send(path: string, init: RequestInit, { signal }: TimeLimit): Promise<Response> {
    const response = await this.#fetch(`${this.#baseUrl}${path}`, { ...init, signal });
    if (!response.ok) throw await toProblemError(response);
    return response;
  }
}
