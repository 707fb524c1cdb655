const SECONDS = { type: "integer" as const, minimum: 0 };
const TEXT = { type: "string" as const };

/** The headers that answers share, under the names they have in the OpenAPI document. */
export const responseHeaders = {
  Allow: { description: "The methods that the path answers.", required: true, schema: TEXT },
  ContentEncoding: {
    description: "Where the client accepts it and it is worth it.",
    schema: { ...TEXT, enum: ["gzip", "zstd"] },
  },
  ETag: {
    description: "The result's entity tag; it never changes again.",
    required: true,
    schema: TEXT,
  },
  ETagOnceDone: {
    description: "The result's entity tag, once it is there; it never changes again.",
    schema: TEXT,
  },
  Location: {
    description: "The URL of the job, or of the delivery.",
    required: true,
    schema: { ...TEXT, format: "uri-reference" },
  },
  PollAfter: {
    description: "Seconds after which to poll again, while the job is not done.",
    schema: SECONDS,
  },
  PreferenceApplied: {
    description: "Which preferences were followed, with the seconds that were waited at the most.",
    schema: TEXT,
  },
  RateLimit: {
    description:
      "Where there are rate limits: how many jobs or requests are left (`r`) for how many seconds (`t`), by draft-ietf-httpapi-ratelimit-headers.",
    schema: TEXT,
  },
  RateLimitPolicy: {
    description: "Where there are rate limits: how many (`q`) are allowed in how many seconds (`w`).",
    schema: TEXT,
  },
  RequestId: {
    description:
      "What the request is called, here and in the service's log: as the client's own says, or a new one.",
    required: true,
    schema: TEXT,
  },
  RetryAfter: {
    description: "Seconds after which to ask again.",
    required: true,
    schema: SECONDS,
  },
  Vary: {
    description:
      "What else the answer depends on: `Prefer`; and with a result `Accept` and `Accept-Encoding`.",
    required: true,
    schema: TEXT,
  },
  WwwAuthenticate: {
    description: "How to send an API key, and whether the one that was sent is unknown (RFC 6750).",
    required: true,
    schema: TEXT,
  },
};

export const headerRef = (name: keyof typeof responseHeaders) => ({ $ref: `#/components/headers/${name}` });

/** The headers that an answer of any operation has, by its status. */
export const sharedHeaders = (status: string, isForTenants: boolean) => ({
  "X-Request-Id": headerRef("RequestId"),
  ...(isForTenants && (status < "4" || status === "429")
    ? { RateLimit: headerRef("RateLimit"), "RateLimit-Policy": headerRef("RateLimitPolicy") }
    : {}),
});
