import { readTraceParent } from "@semblance/shared/telemetry/traceparent";
import type { MiddlewareHandler } from "hono";
import type { Dependencies, Env } from "../dependencies.ts";
import { setCommonHeaders } from "./common-headers.ts";
import { toRequestId } from "./request-id.ts";

/**
 * Names each request, finds its trace, and completes the headers of its answer, problems included: to be outermost. The trace is told
 * to nobody in the answer, since `traceresponse` is but a draft (Trace Context level 3): whoever sent the trace knows it.
 */
export const identifyRequest = ({ publicUrl }: Dependencies): MiddlewareHandler<Env> =>
  async function identifyRequest(context, next) {
    const requestId = toRequestId(context.req.header("X-Request-Id"));
    context.set("requestId", requestId);
    context.set("span", readTraceParent(context.req.header("traceparent")));
    await next();
    setCommonHeaders(context.res.headers, { requestId, publicUrl });
  };
