/**
 * The unrestricted distance by Lowrance and Wagner (1975), "An extension of the string-to-string correction problem": a swap may have
 * other edits between its two characters.
 */
const damerauDistance = (a: readonly string[], b: readonly string[]): number => {
  const far = a.length + b.length;
  const matrix = Array.from({ length: a.length + 2 }, () => new Array<number>(b.length + 2).fill(far));
  for (let row = 0; row <= a.length; row += 1) matrix[row + 1]![1] = row;
  for (let column = 0; column <= b.length; column += 1) matrix[1]![column + 1] = column;
  const lastRowOf = new Map<string, number>();
  for (let row = 1; row <= a.length; row += 1) {
    let lastMatch = 0;
    for (let column = 1; column <= b.length; column += 1) {
      const swapRow = lastRowOf.get(b[column - 1]!) ?? 0;
      const swapColumn = lastMatch;
      const isEqual = a[row - 1] === b[column - 1];
      if (isEqual) lastMatch = column;
      matrix[row + 1]![column + 1] = Math.min(
        matrix[row]![column]! + (isEqual ? 0 : 1),
        matrix[row + 1]![column]! + 1,
        matrix[row]![column + 1]! + 1,
        matrix[swapRow]![swapColumn]! + (row - swapRow - 1) + 1 + (column - swapColumn - 1),
      );
    }
    lastRowOf.set(a[row - 1]!, row);
  }
  return matrix[a.length + 1]![b.length + 1]!;
};

export const damerauLevenshtein = (query: string, candidate: string): number => {
  const [a, b] = [[...query], [...candidate]];
  const longer = Math.max(a.length, b.length);
  return longer === 0 ? 1 : 1 - damerauDistance(a, b) / longer;
};
