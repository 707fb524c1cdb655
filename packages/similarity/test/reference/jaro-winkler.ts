/** Jaro (1989): equal characters no farther apart than half the longer text, and half of those that changed places. */
const jaro = (a: readonly string[], b: readonly string[]): number => {
  if (a.length === 0 && b.length === 0) return 1;
  const range = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const partnerOf = new Map<number, number>();
  const taken = new Set<number>();
  for (const [i, x] of a.entries()) {
    const j = b.findIndex((y, at) => y === x && Math.abs(at - i) <= range && !taken.has(at));
    if (j < 0) continue;
    partnerOf.set(i, j);
    taken.add(j);
  }
  const matches = partnerOf.size;
  if (matches === 0) return 0;
  const inA = [...partnerOf.keys()].map((i) => a[i]);
  const inB = [...taken].sort((i, j) => i - j).map((j) => b[j]);
  const transpositions = Math.floor(inA.filter((x, at) => x !== inB[at]).length / 2);
  return (matches / a.length + matches / b.length + (matches - transpositions) / matches) / 3;
};

export const jaroSimilarity = (query: string, candidate: string): number => jaro([...query], [...candidate]);

/** Winkler (1990): a common prefix of up to four characters counts extra, where Jaro is above 0.7 already. */
export const jaroWinkler = (query: string, candidate: string, prefixWeight = 0.1): number => {
  const [a, b] = [[...query], [...candidate]];
  const similarity = jaro(a, b);
  if (similarity <= 0.7) return similarity;
  const differs = a.slice(0, 4).findIndex((x, at) => x !== b[at]);
  const prefix = differs < 0 ? Math.min(4, a.length) : differs;
  return Math.min(1, similarity + prefix * prefixWeight * (1 - similarity));
};
