import type { MiddlewareHandler } from "hono";
import type { Env } from "../dependencies.ts";
import { Problem } from "../problems/problem.ts";
import type { KeyRing } from "./key-ring.ts";

/** Whoever can reach a loopback address without a key. */
const DEFAULT_TENANT = "default";

/** RFC 6750, section 2.1. */
const BEARER = /^Bearer +([\w.~+/-]+=*) *$/i;

const unauthorized = (detail: string, challenge: string) =>
  new Problem("unauthorized", { detail, headers: { "WWW-Authenticate": challenge } });

/** Finds out whom a request acts for, and lets nobody else through. */
export const authenticate = (keyRing: KeyRing): MiddlewareHandler<Env> =>
  async function authenticate(context, next) {
    context.set(
      "tenant",
      keyRing.isNeeded ? toTenant(context.req.header("Authorization"), keyRing) : DEFAULT_TENANT,
    );
    Object.assign(context.var.logFields, { tenant: context.var.tenant });
    await next();
  };

/** @throws {Problem} `unauthorized` */
const toTenant = (authorization: string | undefined, keyRing: KeyRing): string => {
  if (authorization === undefined) throw unauthorized("There is no Authorization header.", "Bearer");
  const key = BEARER.exec(authorization)?.[1];
  if (key === undefined) {
    throw unauthorized("The Authorization header is no `Bearer <key>`.", 'Bearer error="invalid_token"');
  }
  const tenant = keyRing.findTenant(key);
  if (tenant === null) throw unauthorized("The API key is not known.", 'Bearer error="invalid_token"');
  return tenant;
};
