/** The values under this key, however deep in what is given. */
export const findAll = (node: unknown, key: string): unknown[] => {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) => [
    ...(name === key ? [value] : []),
    ...findAll(value, key),
  ]);
};
