import type { BrokenRequest } from "@semblance/shared/lifecycle/broken-request";
import { Problem } from "./problem.ts";
import type { ProblemSlug } from "./problem-catalogue.ts";

const SLUGS: Record<BrokenRequest["status"], ProblemSlug> = {
  400: "bad-request",
  405: "method-not-allowed",
  408: "request-timeout",
  431: "headers-too-large",
  500: "internal",
};

/** The problem for a request that never reaches a route; of its body nothing is known but that it is not whole. */
export const toBrokenRequestProblem = ({ status, reason }: BrokenRequest): Problem =>
  new Problem(SLUGS[status], {
    detail: reason,
    ...(status === 400 ? { errors: [{ pointer: "", detail: reason }] } : {}),
    ...(status === 405 ? { headers: { Allow: "GET, HEAD, POST" } } : {}),
  });
