import { SpanKind } from "@opentelemetry/api";
import { contextOf, endSpan, startSpan } from "@semblance/shared/telemetry/spans";
import type { MiddlewareHandler } from "hono";
import type { Env } from "../dependencies.ts";
import { routeOf } from "../http/route-of.ts";
import type { Problem } from "../problems/problem.ts";

/** They are asked all the time, and nobody looks for them. */
const UNTRACED: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics"]);

/**
 * Makes each request a step of its client's trace, or the first of one of its own (OpenTelemetry's semantic conventions for HTTP servers,
 * 1.37). Up to the head of its answer; without bodies, query strings and headers.
 */
export const traceRequest: MiddlewareHandler<Env> = async function traceRequest(context, next) {
  const { method, path } = context.req;
  if (UNTRACED.has(path)) return next();
  const span = startSpan(method, {
    kind: SpanKind.SERVER,
    parent: context.var.span,
    attributes: { "http.request.method": method, "url.path": path },
  });
  context.set("span", contextOf(span));
  await next();
  const { status } = context.res;
  const route = routeOf(context);
  span.updateName(`${method} ${route}`);
  span.setAttributes({
    "http.route": route,
    "http.response.status_code": status,
    "semblance.request_id": context.var.requestId,
  });
  endSpan(span, status >= 500 ? ((context.error as Problem | undefined)?.slug ?? String(status)) : undefined);
};
