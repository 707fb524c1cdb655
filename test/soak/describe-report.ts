import type { ProcessFigures } from "./process-figures.ts";
import type { SoakReport } from "./run-soak.ts";

const LISTED_MAX = 20;

const list = (heading: string, findings: readonly string[]): string[] => {
  if (findings.length === 0) return [];
  const listed = findings.slice(0, LISTED_MAX).map((finding) => `  ${finding}`);
  const left = findings.length - listed.length;
  return [`${heading}:`, ...listed, ...(left > 0 ? [`  and ${left} more`] : [])];
};

const counts = (entries: Iterable<[string, number]>): string =>
  [...entries].map(([name, count]) => `${count} ${name}`).join(", ") || "none";

const figures = (heading: string, processes: readonly ProcessFigures[]): string[] =>
  processes.map(
    ({ name, pid, threads, residentMib, fileDescriptors }, at) =>
      `${(at === 0 ? heading : "").padEnd(10)}${name.padEnd(10)}${String(pid).padStart(8)}` +
      `${String(threads).padStart(9)}${String(residentMib).padStart(14)}${String(fileDescriptors).padStart(18)}`,
  );

/** A report as lines for a person. */
export const describeReport = (report: SoakReport): string[] => [
  `accepted ${report.accepted}; unanswered ${report.unanswered}; refused: ${counts(report.refusals)}; slowest answer ${report.slowestSubmissionMs} ms`,
  `succeeded ${report.succeeded}; canceled ${report.canceled}; expired ${report.expired}; failed: ${counts(Object.entries(report.failed))}`,
  `lost ${report.lost.length}; doubled ${report.doubled.length}; wrong ${report.wrong.length}; ends unseen ${report.endsUnseen}`,
  `webhooks: ${report.told} jobs told, ${report.repeated} times again; untold ${report.untold.length}; mistold ${report.mistold.length}`,
  ...list("lost", report.lost),
  ...list("doubled", report.doubled),
  ...list("wrong", report.wrong),
  ...list("untold", report.untold),
  ...list("mistold", report.mistold),
  ...list("unexpected failures", report.unexpectedFailures),
  ...list(
    "surprises",
    report.surprises.map(([what, count]) => `${count} × ${what}`),
  ),
  "          process        pid  threads  resident MiB  file descriptors",
  ...figures("at start", report.figuresAtStart),
  ...figures("at end", report.figuresAtEnd),
];
