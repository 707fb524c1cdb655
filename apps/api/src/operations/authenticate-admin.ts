import type { MiddlewareHandler } from "hono";
import { auth } from "hono/utils/basic-auth";
import { Problem } from "../problems/problem.ts";
import { type AdminCredentials, isAdmin } from "./admin-credentials.ts";

/** RFC 7617; a browser that is shown it asks for user and password. */
const CHALLENGE = 'Basic realm="Semblance queues", charset="UTF-8"';

/** Lets nobody through but who has these credentials. Tries are not limited: a random password cannot be guessed. */
export const authenticateAdmin = (credentials: AdminCredentials): MiddlewareHandler =>
  async function authenticateAdmin(context, next) {
    const sent = auth(context.req.raw);
    if (!sent || !isAdmin(credentials, sent.username, sent.password)) {
      throw new Problem("unauthorized", {
        detail: sent
          ? "The user or the password is wrong."
          : "There is no Authorization header of the scheme Basic.",
        headers: { "WWW-Authenticate": CHALLENGE },
      });
    }
    await next();
  };
