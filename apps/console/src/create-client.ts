import { Semblance } from "@semblance/client";

/** The API is where the page is, below the same path. */
export interface Session {
  url: string;
  /** Empty where none is needed. */
  apiKey: string;
}

/** A client that tells of each failure at once: whoever looks at the page sees it, and when it is tried again. */
export const createClient = ({ url, apiKey }: Session): Semblance =>
  new Semblance({ url, ...(apiKey ? { apiKey } : {}), retry: { attemptsMax: 1 } });
