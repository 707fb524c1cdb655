import type { Candidate } from "./candidate.ts";
import { ListError } from "./list-error.ts";
import { TEXT_NAMES } from "./read-table.ts";
import { unifyLineEnds } from "./unify-line-ends.ts";

const WANTED = 'a text in double quotes or { "id": …, "text": … }';

const nameKind = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return (
    { number: "a number", boolean: "true or false", object: "an object" }[typeof value as string] ?? "a text"
  );
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const parse = (json: string, place: string): unknown => {
  try {
    return JSON.parse(json);
  } catch (error) {
    // Engines say where, each in its way.
    throw new ListError(`${place} is broken JSON: ${(error as SyntaxError).message}`);
  }
};

const toText = (value: unknown, place: string): string => {
  if (typeof value !== "string")
    throw new ListError(`${place} is ${nameKind(value)} where a text in double quotes is wanted`);
  if (!value.isWellFormed())
    throw new ListError(`${place} holds half a character (an unpaired \\ud800 to \\udfff)`);
  return value;
};

/** As most exports have it; a number is written in one way as long as it is whole and exact. */
const toId = (value: unknown, place: string): string =>
  Number.isSafeInteger(value) ? `${value}` : toText(value, place);

const toCandidate = (value: unknown, place: string): Candidate => {
  if (typeof value === "string") return toText(value, place);
  if (!isObject(value)) throw new ListError(`${place} is ${nameKind(value)} where ${WANTED} is wanted`);
  const { id = null } = value;
  const name = TEXT_NAMES.find((name) => value[name] !== undefined);
  if (name === undefined) throw new ListError(`${place} has no "text", nor "name" or "title"`);
  const candidate = { text: toText(value[name], `the "${name}" of ${place}`) };
  return id === null ? candidate.text : { id: toId(id, `the "id" of ${place}`), ...candidate };
};

/**
 * Reads a list of texts, or of texts with ids, or a submission that has one. What else candidates and submission have is left aside.
 *
 * @throws {ListError} for anything else: a number, which could be written in several ways, is no text
 */
export const readJson = (json: string): { candidates: Candidate[]; query?: string } => {
  const value = parse(json, "this");
  const list = isObject(value) ? value["candidates"] : value;
  if (!Array.isArray(list)) {
    const isBatch = isObject(value) && Array.isArray(value["jobs"]);
    throw new ListError(
      isBatch
        ? "this is a batch of jobs; take one of them alone"
        : 'there is no list in it; wanted is [ … ] or { "candidates": [ … ] }',
    );
  }
  const candidates = list.map((item, index) => toCandidate(item, `candidate ${index + 1}`));
  const query = isObject(value) ? value["query"] : undefined;
  return query === undefined ? { candidates } : { candidates, query: toText(query, "the query") };
};

/**
 * Reads a text, or a text with its id, from each line that is not blank.
 *
 * @throws {ListError} that names the line
 */
export const readJsonLines = (lines: string): Candidate[] => {
  const candidates: Candidate[] = [];
  for (const [index, line] of unifyLineEnds(lines).split("\n").entries()) {
    const place = `line ${index + 1}`;
    if (line.trim() !== "") candidates.push(toCandidate(parse(line, place), place));
  }
  return candidates;
};
