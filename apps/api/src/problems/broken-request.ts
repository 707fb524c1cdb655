import type { BrokenRequest } from "@semblance/shared/lifecycle/broken-request";
import { Problem } from "./problem.ts";
import type { ProblemSlug } from "./problem-catalogue.ts";

const SLUGS: Record<BrokenRequest["status"], ProblemSlug> = {
  400: "bad-request",
  408: "request-timeout",
  431: "headers-too-large",
};

/** The problem for a request that never reaches a route. */
export const toBrokenRequestProblem = ({ status, reason }: BrokenRequest): Problem =>
  new Problem(SLUGS[status], { detail: reason });
