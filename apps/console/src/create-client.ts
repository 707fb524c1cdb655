import { Semblance } from "@semblance/client";

/** The API is where the page is, below the same path. */
export interface Session {
  url: string;
  /** Empty where none is needed. */
  apiKey: string;
}

/**
 * A client that tells of each failure at once: whoever looks at the page sees it, and when it is tried again.
 *
 * @param requestTimeoutMs how long one request may take; 30 s unless given
 */
export const createClient = ({ url, apiKey }: Session, requestTimeoutMs = 30_000): Semblance =>
  new Semblance({
    url,
    ...(apiKey ? { apiKey } : {}),
    requestTimeoutMs,
    timeoutMs: 2 * requestTimeoutMs,
    retry: { attemptsMax: 1 },
  });
