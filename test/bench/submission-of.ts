import { cityNames } from "../support/city-names.ts";

const names = cityNames();

/** A job of so many city names. */
export const submissionOf = (count: number) => ({
  query: "Sankt Peterburg",
  candidates: Array.from({ length: count }, (_, index) => names[index % names.length]!),
  metric: "levenshtein",
  top_n: 10,
});
