/** The longest common subsequence by its recurrence (Hirschberg, 1977), row by row. */
export const lcsLength = (a: readonly string[], b: readonly string[]): number => {
  let above = new Array<number>(b.length + 1).fill(0);
  for (const x of a) {
    const current = [0];
    for (const [column, y] of b.entries()) {
      current.push(x === y ? above[column]! + 1 : Math.max(above[column + 1]!, current[column]!));
    }
    above = current;
  }
  return above[b.length]!;
};

/** RapidFuzz's `LCSseq.normalized_similarity`. */
export const lcsSeq = (query: string, candidate: string): number => {
  const [a, b] = [[...query], [...candidate]];
  const longer = Math.max(a.length, b.length);
  return longer === 0 ? 1 : 1 - (longer - lcsLength(a, b)) / longer;
};

/** RapidFuzz's `ratio` / 100: insertions and deletions only, so the distance is |a| + |b| − 2 · LCS. */
export const ratio = (query: string, candidate: string): number => {
  const [a, b] = [[...query], [...candidate]];
  const characters = a.length + b.length;
  return characters === 0 ? 1 : 1 - (characters - 2 * lcsLength(a, b)) / characters;
};
