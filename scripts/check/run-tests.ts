import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Counts } from "./counts.ts";
import { runCommand } from "./run-command.ts";
import { VITEST_REPORT, vitestCommand } from "./steps.ts";

/** As far as it is read here. */
interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

const reportFile = fileURLToPath(new URL(`../../${VITEST_REPORT}`, import.meta.url));

const readReport = (): VitestReport | undefined => {
  try {
    return JSON.parse(readFileSync(reportFile, "utf8")) as VitestReport;
  } catch {
    return undefined;
  }
};

/** A file may fail as a whole, at an import or in a hook, with no test of its own failing. */
const countFailedFiles = ({ testResults }: VitestReport): number =>
  testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  ).length;

const toCounts = (report: VitestReport): Counts => ({
  passed: report.numPassedTests,
  failed: report.numFailedTests + countFailedFiles(report),
  skipped: report.numPendingTests + report.numTodoTests,
});

/**
 * Runs Vitest. What it does not blame on a test counts as one failure: a crash, an unhandled error, no tests at all.
 *
 * @param args what it is given besides
 */
export const runTests = async (args: string[]): Promise<Counts> => {
  // A crash must not pass for the run before it.
  rmSync(reportFile, { force: true });
  const succeeded = await runCommand(vitestCommand(args));
  const report = readReport();
  const counts = report ? toCounts(report) : { passed: 0, failed: 0, skipped: 0 };
  const isUnexplained = counts.failed === 0 && (!succeeded || counts.passed === 0);
  return isUnexplained ? { ...counts, failed: 1 } : counts;
};
