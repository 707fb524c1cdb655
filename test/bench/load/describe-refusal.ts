import type { CallAnswer } from "./call.ts";

/** What is wrong with an answer, in a few words: the kind of problem, or how a rival's error begins. */
export const describeRefusal = ({ status, body }: CallAnswer): string => {
  const text = body.toString();
  return `${status} ${/"type":"([^"]+)"/.exec(text)?.[1] ?? text.slice(0, 80)}`;
};
