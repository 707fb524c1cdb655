import { describeError } from "@semblance/shared/errors/describe-error";
import type { MiddlewareHandler } from "hono";
import type { Dependencies, Env } from "../dependencies.ts";
import { routeOf } from "../http/route-of.ts";

/** One wide line a request, and its count: ids, sizes and times; never a body, a query string or a header but those that name it. */
export const requestLog = ({ log, metrics }: Dependencies): MiddlewareHandler<Env> =>
  async function requestLog(context, next) {
    const startedAtMs = performance.now();
    context.set("logFields", {});
    await next();
    const { status } = context.res;
    const { requestId, span, logFields } = context.var;
    const { method, path } = context.req;
    const durationMs = performance.now() - startedAtMs;
    metrics.countRequest({ method, route: routeOf(context), status, durationMs });
    log[status === 500 ? "error" : "info"](
      {
        method,
        path,
        status,
        durationMs: Math.round(durationMs * 1_000) / 1_000,
        requestId,
        ...(span ? { traceId: span.traceId } : {}),
        ...logFields,
        ...(context.error?.cause ? { cause: describeError(context.error.cause) } : {}),
      },
      "request",
    );
  };
