import type { KubernetesObject } from "./build-overlay.ts";

export interface Misspelt {
  /** Where the field is that has another name now. */
  path: string;
  object: KubernetesObject;
}

/** Maps whose keys are anybody's choice. */
const FREE =
  /\/(labels|matchLabels|data|requests|limits|spec\/triggers\/\d+\/metadata)$|^Service\/spec\/selector$/;

const pathsOf = (node: unknown, path: string[]): string[][] => {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const here = [...path, key];
    return [here, ...pathsOf(value, here)];
  });
};

const misspell = (object: KubernetesObject, path: string[]): KubernetesObject => {
  const copy = structuredClone(object);
  let parent = copy as unknown as Record<string, unknown>;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
  const key = path.at(-1)!;
  // The right one stays, so that it cannot be the lack of it that is noticed.
  parent[`${key}x`] = parent[key];
  return copy;
};

/** A copy of the object for each field in it, however deep, that has the same under a misspelt name, too. */
export const misspellEachField = (object: KubernetesObject): Misspelt[] =>
  pathsOf(object, [])
    .filter(
      (path) => !/^\d+$/.test(path.at(-1)!) && !FREE.test([object.kind, ...path.slice(0, -1)].join("/")),
    )
    .map((path) => ({ path: [object.kind, ...path].join("/"), object: misspell(object, path) }));
