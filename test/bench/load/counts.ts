/** What happened → how often. */
export type Counts = Record<string, number>;

export const count = (counts: Counts, what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1;
};

export const sumCounts = (counts: Counts): number =>
  Object.values(counts).reduce((sum, each) => sum + each, 0);

export const listCounts = (counts: Counts): string =>
  Object.entries(counts)
    .map(([what, each]) => `${each} ${what}`)
    .join(", ") || "none";
