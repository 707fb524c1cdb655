import { stripVTControlCharacters } from "node:util";
import type { Candidate } from "./candidates.ts";
import { cutToWidth, displayWidth, padToWidth } from "./display-width.ts";

const BAR_CHARS = 20;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const TEXT_WIDTH_MAX = 60;

const bar = (score: number): string => {
  const eighths = Math.round(score * BAR_CHARS * 8);
  return "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
};

/** A candidate comes from a file, and a terminal obeys what it is shown. */
const printable = (text: string): string =>
  cutToWidth(stripVTControlCharacters(text).replace(/\p{Control}/gu, " "), TEXT_WIDTH_MAX);

/**
 * The results as lines with aligned columns: rank, score, a bar, the candidate's text, and the country of a city.
 *
 * @param scores best first, each with the place of its candidate in `candidates`
 */
export const resultsTable = (scores: { index: number; score: number }[], candidates: Candidate[]): string => {
  const rows = scores.map(({ index, score }, place) => {
    const { text, country = "" } = candidates[index]!;
    return { rank: String(place + 1), score, text: printable(text), country };
  });
  const textWidth = Math.max(0, ...rows.map(({ text }) => displayWidth(text)));
  return rows
    .map(({ rank, score, text, country }) =>
      `${rank.padStart(4)}  ${score.toFixed(4)}  ${bar(score).padEnd(BAR_CHARS)}  ${padToWidth(text, textWidth)}  ${country}`.trimEnd(),
    )
    .join("\n");
};
