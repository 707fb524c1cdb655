/** Where a request stands in its client's trace. */
export interface TraceParent {
  traceId: string;
  /** The client's own step in the trace, which whatever is done for it is a part of. */
  parentId: string;
  isSampled: boolean;
}

/** The same as a header, of the version that is known. */
export const writeTraceParent = ({ traceId, parentId, isSampled }: TraceParent): string =>
  `00-${traceId}-${parentId}-${isSampled ? "01" : "00"}`;

const FORMAT =
  /^(?<version>[0-9a-f]{2})-(?<traceId>[0-9a-f]{32})-(?<parentId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>-.*)?$/;
const ZEROS = /^0+$/;
const SAMPLED = 0b1;

/**
 * Reads `traceparent` (W3C Trace Context level 2, section 3.2; versions to come as section 4 says). What is malformed is no trace:
 * it is ignored, as the specification wants it.
 */
export const readTraceParent = (header: string | undefined): TraceParent | null => {
  const fields = FORMAT.exec(header ?? "")?.groups as
    | { version: string; traceId: string; parentId: string; flags: string; more?: string }
    | undefined;
  if (!fields) return null;
  const { version, traceId, parentId, flags, more } = fields;
  const isKnown = version === "00" ? more === undefined : version !== "ff";
  if (!isKnown || ZEROS.test(traceId) || ZEROS.test(parentId)) return null;
  return { traceId, parentId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
};
