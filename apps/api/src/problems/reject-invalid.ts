import type { Hook } from "@hono/zod-openapi";
import type { Env } from "../dependencies.ts";
import { Problem } from "./problem.ts";

/** Tells what is wrong with the parameters of a request, each by its name; bodies are not validated by routes. */
export const rejectInvalid: Hook<unknown, Env, string, unknown> = (result) => {
  if (result.success) return;
  const errors = result.error.issues.map(({ path, message }) => ({
    parameter: String(path[0]),
    detail: message,
  }));
  throw new Problem("invalid-request", { errors });
};
