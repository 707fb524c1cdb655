import Negotiator from "negotiator";
import { Problem } from "../problems/problem.ts";

/** Whoever asks for UTF-8 gets what they want, whether the type says so or not: there is no other. */
const withCharset = (mediaType: string) =>
  mediaType.includes("charset=") ? mediaType : `${mediaType}; charset=utf-8`;

/**
 * Which of the media types the client would rather have (RFC 9110, 12.5.1); the first of those it likes equally.
 *
 * @param accept the `Accept` header; without it, or with an empty one, everything is welcome
 * @throws {Problem} `not-acceptable` when it is none of them
 */
export const chooseMediaType = (accept: string | undefined, available: readonly string[]): string => {
  const offered = available.map(withCharset);
  const chosen = new Negotiator({ headers: { accept: accept || "*/*" } }).mediaType(offered);
  const mediaType = available[offered.indexOf(chosen ?? "")];
  if (mediaType === undefined) throw new Problem("not-acceptable", { members: { available } });
  return mediaType;
};
