import { onTestFinished } from "vitest";
import { startInProcessWorker } from "../../support/in-process-worker.ts";
import { startOwnApi } from "../../support/own-api.ts";

/** A worker of one test, closed after it. */
export const startWorker = async (env: Record<string, string>) => {
  const worker = await startInProcessWorker(env);
  onTestFinished(() => worker.close());
};

/** An API and a worker of one test. */
export const startSystem = async () => {
  const own = await startOwnApi();
  await startWorker(own.env);
  return own;
};
