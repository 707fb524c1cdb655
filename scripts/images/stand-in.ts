import { copyFile, mkdir, realpath, symlink } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";

const copyInto = async (root: string, path: string, from = path): Promise<void> => {
  await mkdir(join(root, dirname(path)), { recursive: true });
  await copyFile(from, join(root, path));
};

const findOnPath = async (name: string): Promise<string> => {
  for (const dir of (process.env["PATH"] ?? "").split(delimiter)) {
    const found = await realpath(join(dir, name)).catch(() => undefined);
    if (found) return found;
  }
  throw new Error(`there is no ${name} on PATH`);
};

/** Node at its place, and this machine's npm. */
const standInForNode = async (root: string) => {
  await copyInto(root, "/usr/local/bin/node", process.execPath);
  await symlink(await findOnPath("npm"), join(root, "/usr/local/bin/npm"));
};

/** Nothing, but where an engine mounts what every container has. */
const standInForScratch = async (root: string) => {
  for (const dir of ["/proc", "/dev"]) await mkdir(join(root, dir));
};

/**
 * Puts into an empty folder what of a base image the Dockerfile relies on, taken from this machine.
 *
 * @throws on an image that nothing stands in for
 */
export const standInFor = async (image: string, root: string): Promise<void> => {
  if (/^node:/.test(image)) await standInForNode(root);
  else if (image === "scratch") await standInForScratch(root);
  else throw new Error(`nothing here stands in for the image ${image}`);
};
