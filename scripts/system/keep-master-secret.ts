import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SECRET_BYTES = 32;

/** A link is there with its whole content or not at all, and whoever comes second leaves the first's. */
const createOnce = (file: string, content: string): void => {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft);
  }
};

/**
 * The master secret of webhooks that this directory has, made when it has none. Only its owner can read it.
 *
 * @returns `whsec_` and the base64 of 32 random bytes
 */
export const keepMasterSecret = (dir: string): string => {
  const file = join(dir, "webhook-master-secret");
  mkdirSync(dir, { recursive: true });
  if (!existsSync(file)) createOnce(file, `whsec_${randomBytes(SECRET_BYTES).toString("base64")}\n`);
  return readFileSync(file, "utf8").trim();
};
