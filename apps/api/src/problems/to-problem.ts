import { Problem } from "./problem.ts";

const REDIS_ERROR_NAMES: ReadonlySet<string> = new Set([
  "ReplyError",
  "MaxRetriesPerRequestError",
  "AbortError",
  "ConnectionClosedError",
]);

// ioredis gives these two no name or code of their own; the texts are those of its version 6.
const REDIS_ERROR_MESSAGES = /^(Command timed out|Connection is closed|Stream isn't writeable)/;

const NETWORK_CODES = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|NR_CLOSED)/;

// Replies that say "not now" rather than "not so": a script of ours that Redis rejects is our fault, and internal.
const UNAVAILABLE_REPLIES =
  /^(OOM|EXECABORT|LOADING|READONLY|MISCONF|MASTERDOWN|CLUSTERDOWN|MOVED|ASK|TRYAGAIN|BUSY|NOREPLICAS|UNBLOCKED)\b|\bOOM command not allowed|-READONLY /;

const isStoreUnavailable = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  if (error.name === "ReplyError") return UNAVAILABLE_REPLIES.test(error.message);
  const code = (error as NodeJS.ErrnoException).code;
  return (
    REDIS_ERROR_NAMES.has(error.name) ||
    REDIS_ERROR_MESSAGES.test(error.message) ||
    (typeof code === "string" && NETWORK_CODES.test(code))
  );
};

const STORE_RETRY_S = 2;

/** What a client is told of an error: itself if it is a problem, else one of two fixed ones. */
export const toProblem = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  if (isStoreUnavailable(error)) {
    return new Problem("store-unavailable", { retryAfterS: STORE_RETRY_S }, { cause: error });
  }
  return new Problem("internal", {}, { cause: error });
};
