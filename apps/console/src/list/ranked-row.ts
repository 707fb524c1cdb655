/** A candidate of a ranking. */
export interface RankedRow {
  /** From 1, by score; equal scores by index. */
  rank: number;
  score: number;
  /** The candidate's place in the list, from 0. */
  index: number;
  id: string | null;
  text: string;
}
