import type { SpanContext } from "@opentelemetry/api";

const FORMAT =
  /^(?<version>[0-9a-f]{2})-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>-.*)?$/;
const ZEROS = /^0+$/;

/** Of the flags the one that is known here: that the trace is recorded. */
const SAMPLED = 0b1;

/**
 * Reads `traceparent` (W3C Trace Context level 2, section 3.2; versions to come as section 4 says). What is malformed is no trace:
 * it is ignored, as the specification wants it.
 */
export const readTraceParent = (header: string | undefined): SpanContext | null => {
  const fields = FORMAT.exec(header ?? "")?.groups as
    | { version: string; traceId: string; spanId: string; flags: string; more?: string }
    | undefined;
  if (!fields) return null;
  const { version, traceId, spanId, flags, more } = fields;
  const isKnown = version === "00" ? more === undefined : version !== "ff";
  if (!isKnown || ZEROS.test(traceId) || ZEROS.test(spanId)) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & SAMPLED, isRemote: true };
};

/** The same as a header, of the version that is known. */
export const writeTraceParent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-0${traceFlags & SAMPLED}`;
