import type { Violation } from "./check-answer.ts";
import type { Answer, Sent } from "./send.ts";

interface Page {
  jobs: { id: string }[];
  next_cursor: string | null;
}

const pageOf = ({ body }: Answer): Page => JSON.parse(body.toString()) as Page;

/** The request for what comes behind a page of jobs, if there is more. */
export const nextPage = (sent: Sent, answer: Answer): Sent | undefined => {
  const [path, query] = sent.target.split("?");
  if (sent.method !== "GET" || path !== "/v1/jobs" || answer.status !== 200) return undefined;
  const { next_cursor } = pageOf(answer);
  if (next_cursor === null) return undefined;
  const search = new URLSearchParams(query);
  search.set("cursor", next_cursor);
  return { ...sent, target: `${path}?${search}` };
};

/** Ids sort by time, and the newest come first: none stands on two pages. */
export const checkPages = (first: Answer, second: Answer): Violation => {
  if (second.status !== 200) return undefined;
  const ids = [...pageOf(first).jobs, ...pageOf(second).jobs].map(({ id }) => id);
  return ids.every((id, index) => index === 0 || id < ids[index - 1]!)
    ? undefined
    : "the next page does not come behind the first";
};
