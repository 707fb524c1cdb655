const YEAR_S = 31_536_000;

/**
 * What every answer says unless it says otherwise itself: it is data, to be shown by no page and kept by no cache. Where a page is meant
 * to be looked at, its route names its own policy.
 */
const DEFAULTS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** Of this host only: which others there are below its name is not known here. */
const HSTS = `max-age=${YEAR_S}`;

export interface CommonHeaders {
  requestId: string;
  /** Where it is of https, clients are told to come by nothing else (RFC 6797). */
  publicUrl: string;
}

/** Completes the headers of an answer, whichever way it came about. */
export const setCommonHeaders = (headers: Headers, { requestId, publicUrl }: CommonHeaders): void => {
  for (const [name, value] of Object.entries(DEFAULTS)) {
    if (!headers.has(name)) headers.set(name, value);
  }
  if (publicUrl.startsWith("https:")) headers.set("Strict-Transport-Security", HSTS);
  headers.set("X-Request-Id", requestId);
};
