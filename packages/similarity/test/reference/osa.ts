/**
 * Optimal string alignment: the recurrence of Wagner and Fischer (1974) with a term for two neighbours that changed places
 * (Boytsov, 2011, "Indexing methods for approximate dictionary searching", restricted edit distance).
 */
const osaDistance = (a: readonly string[], b: readonly string[]): number => {
  const rows = [[...b.keys(), b.length]];
  for (const [row, x] of a.entries()) {
    const above = rows[row]!;
    const current = [row + 1];
    for (const [column, y] of b.entries()) {
      let least = Math.min(above[column]! + (x === y ? 0 : 1), above[column + 1]! + 1, current[column]! + 1);
      if (row > 0 && column > 0 && x === b[column - 1] && y === a[row - 1]) {
        least = Math.min(least, rows[row - 1]![column - 1]! + 1);
      }
      current.push(least);
    }
    rows.push(current);
  }
  return rows[a.length]![b.length]!;
};

export const osa = (query: string, candidate: string): number => {
  const [a, b] = [[...query], [...candidate]];
  const longer = Math.max(a.length, b.length);
  return longer === 0 ? 1 : 1 - osaDistance(a, b) / longer;
};
