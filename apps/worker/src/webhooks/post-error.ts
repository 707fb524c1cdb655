import { errors } from "undici";

/** Why no status came, in words for whom the webhook is of: nothing of the URL's path, of addresses, nor of what the machine said. */
export const POST_ERRORS = {
  refused_url: "the URL is refused",
  refused_address: "the host's name leads to an address that is not a public one",
  unresolved: "the host's name leads nowhere",
  unreachable: "no connection could be made",
  tls_failed: "TLS could not be agreed on",
  bad_certificate:
    "the certificate is not valid for this host, or not signed by an authority that is trusted",
  timed_out: "no answer came in time",
  closed: "the connection was closed before an answer came",
  bad_answer: "what came is no HTTP answer",
  aborted: "this service ended meanwhile",
  internal: "this service failed to send it",
} as const;

export type PostErrorCode = keyof typeof POST_ERRORS;

/** Of an attempt that no answer came of. */
export class PostError extends Error {
  readonly code: PostErrorCode;

  /** @param message shown to the tenant; the code's own when absent */
  constructor(code: PostErrorCode, message: string = POST_ERRORS[code]) {
    super(message);
    this.name = "PostError";
    this.code = code;
  }
}

/** Codes of OpenSSL's verification as Node has them, and Node's own for a host that is not in the certificate. */
const CERTIFICATE_CODE =
  /^(?!ERR_SSL_).*CERT|ISSUER|^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;

const codeOf = (error: unknown): PostErrorCode | null => {
  const { code = "", syscall } = error as NodeJS.ErrnoException;
  if (error instanceof AggregateError || syscall === "connect" || code === "UND_ERR_CONNECT_TIMEOUT")
    return "unreachable";
  if (CERTIFICATE_CODE.test(code)) return "bad_certificate";
  if (/^ERR_SSL_|^EPROTO$/.test(code)) return "tls_failed";
  // undici asserts what its parser does not look at, such as a status of 000.
  if (
    error instanceof errors.HTTPParserError ||
    /^(UND_ERR_(HEADERS_OVERFLOW|RES_CONTENT_LENGTH_MISMATCH)|ERR_ASSERTION)$/.test(code)
  )
    return "bad_answer";
  return /^(UND_ERR_(SOCKET|INFO)|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT)$/.test(code) ? "closed" : null;
};

/** What undici, TLS and sockets throw, told as one of our own; what is none of theirs stays as it is. */
export const toPostError = (error: unknown): unknown => {
  if (error instanceof PostError) return error;
  const code = codeOf(error);
  return code === null ? error : new PostError(code);
};
