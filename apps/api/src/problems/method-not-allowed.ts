import type { Hono } from "hono";
import type { Env } from "../dependencies.ts";
import { Problem } from "./problem.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** The problem for a request that no route answers: `method-not-allowed` where another method would, else `not-found`. */
export const unanswered = (app: Hono<Env>, method: string, path: string): Problem => {
  const answers = (candidate: string) =>
    app.router.match(candidate, path)[0].some(([[, route]]) => route.method === candidate);
  // A HEAD is answered by what answers a GET.
  const asked = method === "HEAD" ? "GET" : method;
  const allowed = METHODS.filter((candidate) => candidate !== asked && answers(candidate));
  if (allowed.length === 0) return new Problem("not-found", { detail: "There is nothing at this path." });
  if (allowed.includes("GET")) allowed.push("HEAD");
  return new Problem("method-not-allowed", { headers: { Allow: allowed.join(", ") } });
};
