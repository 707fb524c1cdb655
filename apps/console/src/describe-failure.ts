import { ProblemError, TimeoutError } from "@semblance/client";

/** What went wrong, for whoever looks at the page. */
export const describeFailure = (error: unknown): string => {
  if (error instanceof ProblemError) {
    const { status, title, detail } = error;
    // Its title speaks of resources.
    if (status === 404 && detail) return detail;
    return detail ? `${title}: ${detail}` : title;
  }
  if (error instanceof TimeoutError) return "The API did not answer in time.";
  return "The API does not answer.";
};
