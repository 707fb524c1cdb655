import type { RankedRow } from "./ranked-row.ts";

export interface RowOrder {
  by: "score" | "index" | "text";
  descending: boolean;
}

const collator = new Intl.Collator();

const ascending: Record<RowOrder["by"], (a: RankedRow, b: RankedRow) => number> = {
  // Those of equal scores stay in the order of the ranking, from either end.
  score: (a, b) => b.rank - a.rank,
  index: (a, b) => a.index - b.index,
  text: (a, b) => collator.compare(a.text, b.text) || a.index - b.index,
};

export const compareRows = ({ by, descending }: RowOrder) => {
  const compare = ascending[by];
  return descending ? (a: RankedRow, b: RankedRow) => compare(b, a) : compare;
};
