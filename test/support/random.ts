/** Random numbers that a seed determines. */
export interface Random {
  /** In [0, 1). */
  fraction: () => number;
  /** A whole number, both ends included. */
  between: (min: number, max: number) => number;
  pick: <Choice>(choices: readonly Choice[]) => Choice;
  shuffle: <Item>(items: readonly Item[]) => Item[];
}

/** The golden ratio's fraction as 32 bits: spreads neighbouring numbers over all of them (Knuth, TAOCP 3, section 6.4). */
const SPREAD = 0x9e3779b1;

/** mulberry32 by Tommy Ettinger, public domain: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
const mulberry32 = (seed: number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** @param stream tells apart what is drawn for different things under one seed, such as job 17 */
export const createRandom = (seed: number, stream: number): Random => {
  const fraction = mulberry32(seed ^ Math.imul(stream + 1, SPREAD));
  const between = (min: number, max: number) => min + Math.floor(fraction() * (max - min + 1));
  return {
    fraction,
    between,
    pick: (choices) => choices[between(0, choices.length - 1)]!,
    shuffle: (items) => {
      const left = [...items];
      return items.map(() => left.splice(between(0, left.length - 1), 1)[0]!);
    },
  };
};
