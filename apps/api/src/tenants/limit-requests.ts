import type { Context, MiddlewareHandler } from "hono";
import type { Env } from "../dependencies.ts";
import type { RateLimits } from "./rate-limits.ts";

/** Calls that are counted by the jobs they bring. */
const SUBMISSIONS: ReadonlySet<string> = new Set(["/v1/jobs", "/v1/jobs/batch", "/v1/rerank", "/v2/rerank"]);

const isSubmission = ({ req }: Context) => req.method === "POST" && SUBMISSIONS.has(req.path);

/** Holds a tenant to its rate of requests; submissions are held to one of their own, once it is known how many jobs they bring. */
export const limitRequests = (rateLimits: RateLimits): MiddlewareHandler<Env> =>
  async function limitRequests(context, next) {
    if (!isSubmission(context)) await rateLimits.countRequest(context, context.var.tenant);
    await next();
  };
