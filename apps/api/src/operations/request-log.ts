import { describeError } from "@semblance/shared/errors/describe-error";
import type { Context, MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Dependencies, Env } from "../dependencies.ts";
import { BULL_BOARD_PATH } from "./bull-board.ts";

/** The template of the path, as the OpenAPI document has it: a metric has no more of them than there are routes. */
const toRoute = (context: Context<Env>): string => {
  const path = routePath(context, -1);
  if (path.startsWith(BULL_BOARD_PATH)) return BULL_BOARD_PATH;
  // Nothing but middleware answered.
  if (path.endsWith("*")) return "unmatched";
  return path.replace(/:(\w+)(\{[^}]*\})?/g, "{$1}");
};

/** One wide line a request, and its count: ids, sizes and times; never a body, a query string or a header but those that name it. */
export const requestLog = ({ log, metrics }: Dependencies): MiddlewareHandler<Env> =>
  async function requestLog(context, next) {
    const startedAtMs = performance.now();
    context.set("logFields", {});
    await next();
    const { status } = context.res;
    const { requestId, traceParent, logFields } = context.var;
    const { method, path } = context.req;
    const durationMs = performance.now() - startedAtMs;
    metrics.countRequest({ method, route: toRoute(context), status, durationMs });
    log[status === 500 ? "error" : "info"](
      {
        method,
        path,
        status,
        durationMs: Math.round(durationMs * 1_000) / 1_000,
        requestId,
        ...(traceParent ? { traceId: traceParent.traceId } : {}),
        ...logFields,
        ...(context.error?.cause ? { cause: describeError(context.error.cause) } : {}),
      },
      "request",
    );
  };
