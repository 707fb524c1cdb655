import type { z } from "zod";
import { toJsonPointer } from "./json-pointer.ts";
import type { ProblemIssue } from "./problem.ts";

type Issue = z.core.$ZodIssue;

/** The places that an answer names at most; one wrong program makes the same mistake everywhere. */
export const ISSUES_MAX = 20;

/** A longer name is not told: it would make the answer as long as the request. */
const TOLD_NAME_CHARS_MAX = 256;

const toPlace = (path: PropertyKey[], detail: string): ProblemIssue => {
  const name = String(path.at(-1) ?? "");
  return name.length <= TOLD_NAME_CHARS_MAX
    ? { pointer: toJsonPointer(path), detail }
    : { pointer: toJsonPointer(path.slice(0, -1)), detail: `a name of ${name.length} characters: ${detail}` };
};

/** Whether an alternative of a union got past the value's type, so that it is the one that was meant. */
const wasMeant = (issues: Issue[]) =>
  issues.every((issue) => issue.path.length > 0 || issue.code === "unrecognized_keys");

const toPlaces = (issue: Issue, parent: PropertyKey[]): ProblemIssue[] => {
  const path = [...parent, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => toPlace([...path, key], "unknown field"));
  }
  if (issue.code === "invalid_key") {
    return issue.issues.map(({ message }) => toPlace(path, message));
  }
  if (issue.code === "invalid_union") {
    const meant = issue.errors.find(wasMeant);
    if (meant) return meant.flatMap((inner) => toPlaces(inner, path));
  }
  const isMissing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  return [toPlace(path, isMissing ? "required" : issue.message)];
};

/** What zod found wrong, each at its place; an unknown field is its own place. */
export const toProblemIssues = (error: z.ZodError): ProblemIssue[] =>
  error.issues.flatMap((issue) => toPlaces(issue, []));
