import { ProblemError, TimeoutError } from "@semblance/client";

/** What went wrong, for whoever looks at the page. */
export const describeFailure = (error: unknown): string => {
  if (error instanceof ProblemError) return error.detail ? `${error.title}: ${error.detail}` : error.title;
  if (error instanceof TimeoutError) return "The API did not answer in time.";
  return "The API does not answer.";
};
