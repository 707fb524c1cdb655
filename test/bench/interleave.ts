/** Measures each variant once a round, so that what else the machine does in these minutes falls upon all of them alike. */
export const interleave = async <Name extends string, Value>(
  rounds: number,
  variants: Record<Name, () => Promise<Value>>,
): Promise<Record<Name, Value[]>> => {
  const names = Object.keys(variants) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Value[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) values[name].push(await variants[name]());
  }
  return values;
};
