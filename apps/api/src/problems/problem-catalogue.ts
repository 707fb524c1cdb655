interface ProblemKind {
  status: 400 | 401 | 404 | 405 | 406 | 408 | 409 | 410 | 413 | 415 | 422 | 429 | 431 | 500 | 503 | 504;
  title: string;
  /** What a client reads on the problem's page: what happened and what to do. */
  meaning: string;
}

/** Every problem the API answers with (RFC 9457); the key is the last part of its `type`. */
export const problemCatalogue = {
  "invalid-json": {
    status: 400,
    title: "The body is not valid JSON",
    meaning:
      "The body breaks RFC 8259 or is not UTF-8. `errors[0].offset` is the first byte at which it does.",
  },
  "bad-request": {
    status: 400,
    title: "The request is not valid HTTP",
    meaning: "It breaks RFC 9112, names no host or a wrong one, or ends before it is whole.",
  },
  unauthorized: {
    status: 401,
    title: "There are no valid credentials",
    meaning:
      "Send `Authorization: Bearer <key>` with a key that the operator of this service gave you. Bull Board alone asks for a user and a password in place of a key.",
  },
  "not-found": {
    status: 404,
    title: "There is no such resource",
    meaning: "The route or the id is unknown, or what it named is no longer kept.",
  },
  "method-not-allowed": {
    status: 405,
    title: "The method is not allowed here",
    meaning: "The resource exists and answers only the methods in the `Allow` header.",
  },
  "not-acceptable": {
    status: 406,
    title: "The answer cannot be what the client accepts",
    meaning: "`Accept` rules out everything that the route answers with: the media types in `available`.",
  },
  "request-timeout": {
    status: 408,
    title: "The request took too long to come",
    meaning: "Its headers or its body did not arrive in time. Send it again, faster.",
  },
  "already-done": {
    status: 409,
    title: "The job has already ended",
    meaning: "A job's final state never changes. To run it once more, submit a new job.",
  },
  "not-finished": {
    status: 409,
    title: "The job has no result yet",
    meaning: "Ask again after the seconds that `Retry-After` says.",
  },
  "not-done": {
    status: 409,
    title: "The job has not ended",
    meaning: "Only a job that has ended can be deleted. Cancel it first.",
  },
  "no-result": {
    status: 409,
    title: "The job ended without a result",
    meaning: "It failed, expired or was canceled; the job's `error` says why. There will be no result.",
  },
  "idempotency-in-progress": {
    status: 409,
    title: "The same submission is just being accepted",
    meaning:
      "Another request with this `Idempotency-Key` is under way. Send this one again after the seconds that `Retry-After` says: it will be answered with the job of the other.",
  },
  gone: {
    status: 410,
    title: "The job is no longer kept",
    meaning:
      "The `Idempotency-Key` stands for a job that was accepted, and has since been deleted or has expired. To run it once more, submit it with a new key.",
  },
  "body-too-large": {
    status: 413,
    title: "The body is too large",
    meaning: "Send fewer or shorter candidates in one job. `limit` is the number of bytes that is allowed.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "The content type is not supported",
    meaning: "Send `Content-Type: application/json`, in UTF-8 and without a content encoding.",
  },
  "invalid-request": {
    status: 422,
    title: "The request breaks the schema or a limit",
    meaning:
      "`errors` names each place in the body by a JSON pointer (RFC 6901), or the parameter of the URL, and says what is wrong with it.",
  },
  "idempotency-mismatch": {
    status: 422,
    title: "The idempotency key was used for another body",
    meaning:
      "Within the last 24 hours this `Idempotency-Key` came with other bytes. Send the same bytes to be answered with their job, or use a new key.",
  },
  "webhooks-not-configured": {
    status: 422,
    title: "This service sends no webhooks",
    meaning:
      "There is nothing to sign them with: the operator of the service has to set `WEBHOOK_MASTER_SECRET`, for the API and the worker alike. Poll, wait for or follow your jobs meanwhile.",
  },
  "quota-exceeded": {
    status: 429,
    title: "Your share of the queue or the store is taken",
    meaning:
      "`jobs` of yours are open, or `bytes` are taken by them and their results, and `limit` may be. Send the request again after `Retry-After` seconds; room comes back as jobs end, and as results expire or are deleted.",
  },
  "too-many-requests": {
    status: 429,
    title: "Too many requests",
    meaning:
      "A limit on how often you may call is reached: `detail` says which it is, and `RateLimit-Policy` what your rate limits are. Send the request again after the seconds that `Retry-After` says.",
  },
  "headers-too-large": {
    status: 431,
    title: "The headers are too large",
    meaning: "Send fewer or shorter headers; the service needs few.",
  },
  internal: {
    status: 500,
    title: "An internal error",
    meaning: "The fault is the service's. Nothing is known to have been done; the request may be sent again.",
  },
  "too-expensive": {
    status: 422,
    title: "The job would take too long",
    meaning:
      "The query's characters times those of all candidates, weighed by the metric, are more than is allowed: `cells` and `limit` tell. Send fewer or shorter candidates, or take another metric.",
  },
  "job-failed": {
    status: 422,
    title: "The job failed",
    meaning:
      "It took too long or too much memory, or crashed, and would again: `detail` says which. Send fewer or shorter documents.",
  },
  overloaded: {
    status: 503,
    title: "Too many large bodies are being dealt with",
    meaning:
      "The body is large and oddly written or full of escapes, or is kept for its documents to be returned, and many of that kind came at once. Try again later.",
  },
  "queue-full": {
    status: 503,
    title: "The queue is full",
    meaning:
      "`depth` jobs wait and `limit` may. Send the request again after the seconds that `Retry-After` says.",
  },
  "store-full": {
    status: 503,
    title: "The store of payloads and results is full",
    meaning:
      "Room comes back as jobs end and results expire. Send the request again after `Retry-After` seconds.",
  },
  "shutting-down": {
    status: 503,
    title: "This process is shutting down",
    meaning: "Send requests to another one.",
  },
  "store-unavailable": {
    status: 503,
    title: "The store cannot be reached",
    meaning: "Redis is away, too slow or out of memory. Send the request again after `Retry-After` seconds.",
  },
  "not-in-time": {
    status: 504,
    title: "The job has not ended in time",
    meaning:
      "It goes on: read it at the URL that `Location` and `job` tell, after the seconds that `Retry-After` says. To send the request again is to submit another job.",
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemSlug = keyof typeof problemCatalogue;
