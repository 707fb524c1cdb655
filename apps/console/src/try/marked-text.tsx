import { useMemo } from "preact/hooks";
import { markMatches } from "../list/mark-matches.ts";

const TEXT_CHARACTERS = 600;
const QUERY_CHARACTERS = 1_000;

/** @returns at most so many UTF-16 units, without half a character at the end */
const begin = (text: string, units: number): string => text.slice(0, units).replace(/[\uD800-\uDBFF]$/, "");

/** The beginning of a candidate's text, with what also stands in the query marked. */
export const MarkedText = ({ query, text }: { query: string; text: string }) => {
  const parts = useMemo(
    () => markMatches(begin(query, QUERY_CHARACTERS), begin(text, TEXT_CHARACTERS)),
    [query, text],
  );
  return (
    <bdi class="marked">
      {parts.map(({ text, isMatch }, place) => (isMatch ? <mark key={place}>{text}</mark> : text))}
      {text.length > TEXT_CHARACTERS ? "…" : null}
      {text === "" ? <span class="soft">(empty)</span> : null}
    </bdi>
  );
};
