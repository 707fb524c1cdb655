import { announceReady } from "@semblance/shared/lifecycle/launcher";
import type { Load, LoadReports } from "./load/loads.ts";
import { runClosed } from "./load/run-closed.ts";
import { runIdle } from "./load/run-idle.ts";
import { runOpen } from "./load/run-open.ts";
import { runSerial } from "./load/run-serial.ts";
import { runSteady } from "./load/run-steady.ts";
import { runWaiting } from "./load/run-waiting.ts";

const run = (load: Load): Promise<LoadReports[Load["kind"]]> => {
  switch (load.kind) {
    case "steady":
      return runSteady(load);
    case "closed":
      return runClosed(load);
    case "open":
      return runOpen(load);
    case "serial":
      return runSerial(load);
    case "waiting":
      return runWaiting(load);
    case "idle":
      return runIdle(load);
  }
};

/** Load from another process, as the message that starts it says. */
process.on("message", async (load: Load) => {
  process.send?.({ type: "load", report: await run(load) });
});
process.on("disconnect", () => process.exit(0));
announceReady();
