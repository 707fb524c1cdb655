import {
  type Attributes,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";

const tracer = trace.getTracer("semblance");

export interface SpanStart {
  kind?: SpanKind;
  /** What caused it; without, it begins a trace. */
  parent: SpanContext | null;
  attributes?: Attributes;
  /** Milliseconds since the epoch; now when absent. */
  startTime?: number;
}

/**
 * Begins a step of a trace. Where nobody records traces it is nothing but its parent again, which so goes on to whatever comes next. Parents
 * are handed over, not looked up: what runs here is mostly many things at a time, and none of them pays for a context that follows it.
 */
export const startSpan = (name: string, { parent, ...options }: SpanStart): Span =>
  tracer.startSpan(name, options, parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT);

/** Where a step stands in its trace; `null` when there is none. */
export const contextOf = (span: Span): SpanContext | null => {
  const context = span.spanContext();
  return isSpanContextValid(context) ? context : null;
};

/**
 * Ends a step.
 *
 * @param errorType a code of ours when it failed; never a message, which may quote what a client sent
 */
export const endSpan = (span: Span, errorType?: string): void => {
  if (errorType !== undefined) {
    span.setAttribute("error.type", errorType);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
};

/** A step that lasts until something has settled. What it failed of is told by who handles that. */
export const spanning = <Value>(name: string, start: SpanStart, settles: Promise<Value>): Promise<Value> => {
  const span = startSpan(name, start);
  return settles.then(
    (value) => {
      endSpan(span);
      return value;
    },
    (error) => {
      endSpan(span, "failed");
      throw error;
    },
  );
};
