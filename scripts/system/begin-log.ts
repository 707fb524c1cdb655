import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Makes an empty log file; the one of the run before stays beside it as `<name>.previous.log`. */
export const beginLog = (file: string): void => {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file)) renameSync(file, file.replace(/\.log$/, ".previous.log"));
  writeFileSync(file, "");
};
