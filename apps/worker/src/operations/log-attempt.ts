import type { Logger } from "@semblance/shared/telemetry/logger";
import type { AttemptReport } from "../scoring/attempt-report.ts";

/** One wide line an attempt: ids, counts and times; never a text. What did not begin is of no interest, and frequent where all threads are busy. */
export const logAttempt = (log: Logger, report: AttemptReport): void => {
  log[report.outcome === "not_begun" ? "debug" : "info"](
    { ...report, durationMs: Math.round(report.durationMs * 1_000) / 1_000 },
    "attempt",
  );
};
