import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join, relative } from "node:path";

export interface ImageFile {
  /** From the image's root, without a slash at its start. */
  path: string;
  stats: Stats;
}

/** Every regular file of an image. */
export const imageFiles = async (root: string): Promise<ImageFile[]> => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.map(async (path) => ({ path: relative(root, path), stats: await lstat(path) })));
};
