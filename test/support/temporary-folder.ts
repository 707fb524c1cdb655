import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder for a test's files, and what removes it. */
export const createTemporaryFolder = async (): Promise<{ path: string; remove: () => Promise<void> }> => {
  const path = await mkdtemp(join(tmpdir(), "semblance-test-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
};
