import { existsSync, writeFileSync } from "node:fs";

import { setTimeout as delay } from "node:timers/promises";
import { workerData } from "node:worker_threads";

/** Only the first thread starts; `workerData` names a file that says whether there was one. */
if (existsSync(workerData as string)) throw new Error("only one of us");
writeFileSync(workerData as string, "");

export default async (): Promise<string> => {
  await delay(20);
  return "answered";
};
