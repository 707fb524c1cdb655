import { startAppProcess } from "../support/app-process.ts";
import { ask } from "./ask.ts";
import type { Load, LoadReports } from "./load/loads.ts";

/** For what a load takes beside the seconds it is told to last; no measure of speed. */
const LIMIT_MS = 600_000;

/** Starts the process that load comes from. */
export const startLoad = async () => {
  const app = await startAppProcess("test/bench/load-process.ts", {});
  return {
    /** One at a time. */
    put: async <Kind extends Load["kind"]>(
      load: Extract<Load, { kind: Kind }>,
    ): Promise<LoadReports[Kind]> => {
      const limitMs = LIMIT_MS + ("seconds" in load ? load.seconds * 1_000 : 0);
      return (await ask<{ report: LoadReports[Kind] }>(app, load, limitMs)).report;
    },
    dispose: app.dispose,
  };
};
