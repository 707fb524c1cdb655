/** Long enough to be met in the middle, a second or more; short enough to end within its deadline. */
export const longJob = {
  query: "Sankt Peterburg ".repeat(25),
  candidates: Array.from({ length: 60_000 }, (_, index) => `${"Saint Petersburg ".repeat(8)}${index}`),
  metric: "damerau_levenshtein",
  top_n: 1,
  timeout_ms: 60_000,
};
