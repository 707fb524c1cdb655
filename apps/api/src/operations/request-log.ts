import { describeError } from "@semblance/shared/errors/describe-error";
import type { MiddlewareHandler } from "hono";
import type { Dependencies, Env } from "../dependencies.ts";

/** One wide line a request: ids, sizes and times; never a body, a query string or a header but those that name it. */
export const requestLog = ({ log }: Dependencies): MiddlewareHandler<Env> =>
  async function requestLog(context, next) {
    const startedAtMs = performance.now();
    context.set("logFields", {});
    await next();
    const { status } = context.res;
    const { requestId, traceParent, logFields } = context.var;
    log[status === 500 ? "error" : "info"](
      {
        method: context.req.method,
        path: context.req.path,
        status,
        durationMs: Math.round((performance.now() - startedAtMs) * 1_000) / 1_000,
        requestId,
        ...(traceParent ? { traceId: traceParent.traceId } : {}),
        ...logFields,
        ...(context.error?.cause ? { cause: describeError(context.error.cause) } : {}),
      },
      "request",
    );
  };
