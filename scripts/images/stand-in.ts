import { execFile } from "node:child_process";
import { copyFile, mkdir, realpath, symlink } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

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

/** This machine's libraries, those that Node is linked to. */
const standInForLibraries = async (root: string) => {
  const { stdout } = await run("ldd", [process.execPath]);
  for (const [path] of stdout.matchAll(/\/lib\S+/g)) await copyInto(root, path);
  for (const dir of ["/tmp", "/proc", "/dev"]) await mkdir(join(root, dir));
};

/**
 * Puts into an empty folder what of a base image the Dockerfile relies on, taken from this machine.
 *
 * @throws on an image that nothing stands in for
 */
export const standInFor = async (image: string, root: string): Promise<void> => {
  if (/^node:/.test(image)) await standInForNode(root);
  else if (/\/distroless\/cc-/.test(image)) await standInForLibraries(root);
  else throw new Error(`nothing here stands in for the image ${image}`);
};
