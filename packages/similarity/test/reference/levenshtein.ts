/** Wagner and Fischer (1974), "The string-to-string correction problem": the matrix, row by row. */
export const levenshteinDistance = (a: readonly string[], b: readonly string[]): number => {
  let above = b.map((_, column) => column).concat(b.length);
  for (const [row, x] of a.entries()) {
    const current = [row + 1];
    for (const [column, y] of b.entries()) {
      const substituted = above[column]! + (x === y ? 0 : 1);
      current.push(Math.min(substituted, above[column + 1]! + 1, current[column]! + 1));
    }
    above = current;
  }
  return above[b.length]!;
};

export const levenshtein = (query: string, candidate: string): number => {
  const [a, b] = [[...query], [...candidate]];
  const longer = Math.max(a.length, b.length);
  return longer === 0 ? 1 : 1 - levenshteinDistance(a, b) / longer;
};
