import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const SQLITE_BUSY = 5;

/**
 * Makes this process the only launcher that uses a directory. The lock is SQLite's lock on an empty file: the operating
 * system drops it with the process that holds it, so there are no stale ones to heal and no process ids to mistrust.
 *
 * @returns what gives the directory free again
 * @throws when another launcher, or another server of this one, uses it
 */
export const lockDirectory = (dir: string): (() => void) => {
  const file = new DatabaseSync(join(dir, "launcher.lock"), { timeout: 0 });
  try {
    file.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE");
  } catch (error) {
    file.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new Error(`${dir} is in use by another Semblance; stop that one first`);
  }
  return () => file.close();
};
