import { Problem } from "../problems/problem.ts";
import { toProblem } from "../problems/to-problem.ts";

/**
 * The problem that an error is to a client, with the member `message` beside: errors of Cohere's API have it, and some clients show
 * nothing else.
 */
export const withMessage = (error: unknown): Problem => {
  const problem = toProblem(error);
  const { details, slug } = problem;
  const places = details.errors?.map(({ pointer, detail }) => `${pointer || "the body"}: ${detail}`);
  const message = details.detail ?? places?.join("; ") ?? problem.message;
  const members = { ...details.members, message };
  return new Problem(slug, { ...details, members }, { cause: problem.cause });
};
