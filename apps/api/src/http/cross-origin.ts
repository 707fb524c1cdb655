import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";

const ALLOWED_METHODS = ["GET", "HEAD", "POST", "DELETE"];

const ALLOWED_HEADERS = [
  "Authorization",
  "Content-Type",
  "Idempotency-Key",
  "If-None-Match",
  "Last-Event-ID",
  "Prefer",
  "traceparent",
  "X-Request-Id",
];

const EXPOSED_HEADERS = [
  "ETag",
  "Idempotency-Replayed",
  "Link",
  "Location",
  "Preference-Applied",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "X-Request-Id",
];

/** The longest that Chromium remembers a preflight. */
const PREFLIGHT_MAX_AGE_S = 7_200;

/**
 * Lets pages of these origins call the API from a browser. Nothing is taken from a browser's own store of credentials: a key is sent
 * by the page itself. To stand before authentication, which a preflight never has.
 */
export const crossOrigin = (origins: readonly string[]): MiddlewareHandler => {
  const allow = cors({
    origin: origins.includes("*") ? "*" : [...origins],
    allowMethods: ALLOWED_METHODS,
    allowHeaders: ALLOWED_HEADERS,
    exposeHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_MAX_AGE_S,
  });
  return async function crossOrigin(context, next) {
    const { method } = context.req;
    // Any other OPTIONS is a method like those that no route answers.
    const isPreflight = context.req.header("Access-Control-Request-Method") !== undefined;
    return method === "OPTIONS" && !isPreflight ? next() : allow(context, next);
  };
};
