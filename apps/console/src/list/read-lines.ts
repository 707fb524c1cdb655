import { unifyLineEnds } from "./unify-line-ends.ts";

/** @returns the lines that hold more than white space, each as it stands */
export const readLines = (text: string): string[] =>
  unifyLineEnds(text)
    .split("\n")
    .filter((line) => line.trim() !== "");
