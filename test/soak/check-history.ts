import type { JobView } from "@semblance/shared/job/job-view";
import type { JobWithResult } from "../support/client.ts";
import { errorCodeOf } from "./behaviour.ts";
import { expectedResults } from "./expected-results.ts";
import { describeFault } from "./fault-schedule.ts";
import type { AcceptedJob, FaultWindow, History } from "./history.ts";

/** What became of the jobs of a run; each finding is a line about one job. */
export interface Verdict {
  accepted: number;
  succeeded: number;
  canceled: number;
  expired: number;
  /** By error code. */
  failed: Record<string, number>;
  /** Accepted, and without a final state in the end, or not to be found. */
  lost: string[];
  /** Made twice by one submission that was sent again, ended more than once, or seen in one final state and then in another. */
  doubled: string[];
  /** With an outcome that this job cannot have had: another ranking, or an end that nobody asked for. */
  wrong: string[];
  /** Failed in a way that is not the job's own; faults may explain it, or not. */
  unexpectedFailures: string[];
  /** Succeeded or failed, but with no such event: then the check for doubles is blind. Cancel and expiry may be marks alone. */
  endsUnseen: number;
}

type Ends = ReadonlyMap<string, readonly string[]>;

const describeJob = ({ id, job }: AcceptedJob) => `${id} (job ${job.index}, ${job.behaviour})`;

const describeOutcome = ({ status, error }: JobView) => (error ? `${status} as ${error.code}` : status);

const findLoss = ({ last, missingAtMs }: AcceptedJob): string | null => {
  if (missingAtMs !== null) return `was not found at ${new Date(missingAtMs).toISOString()}`;
  if (last?.status !== 200) return `was answered with ${last?.status ?? "nothing"} in the end`;
  const job = JSON.parse(last.text) as JobView;
  return job.done ? null : `is still ${job.status} after ${job.attempts} attempts`;
};

/** What differs between two answers about one job, by the names of the fields. */
const describeChange = (before: string, after: string): string => {
  const [was, is] = [JSON.parse(before) as JobView, JSON.parse(after) as JobView];
  const names = (Object.keys(was) as (keyof JobView)[]).filter(
    (name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]),
  );
  return `${describeOutcome(was)} → ${describeOutcome(is)}; different: ${names.join(", ")}`;
};

const findDouble = ({ id, firstFinal, last }: AcceptedJob, ends: Ends): string | null => {
  const events = ends.get(id) ?? [];
  if (events.length > 1) return `ended ${events.length} times: ${events.join(", ")}`;
  if (firstFinal !== null && last?.status === 200 && firstFinal !== last.text) {
    return `changed after its end: ${describeChange(firstFinal, last.text)}`;
  }
  return null;
};

const findWrong = ({ job, cancel }: AcceptedJob, ended: JobWithResult): string | null => {
  const outcome = describeOutcome(ended);
  if (cancel === "confirmed" && ended.status !== "canceled") return `was canceled, but ${outcome}`;
  switch (ended.status) {
    case "canceled":
      return cancel === "none" ? "is canceled, but nobody asked for it" : null;
    case "expired":
      return job.isBrief ? null : `expired (${ended.error?.message}), with an hour to start in`;
    case "succeeded": {
      if (job.behaviour !== "scores") return "succeeded, but cannot have";
      const [actual, expected] = [ended.result?.results, expectedResults(job.submission)];
      return JSON.stringify(actual) === JSON.stringify(expected) ? null : "has another ranking";
    }
    default:
      return null;
  }
};

const isItsOwnFailure = ({ job }: AcceptedJob, { error }: JobView) =>
  job.behaviour !== "scores" && error?.code === errorCodeOf(job.behaviour);

/** The faults between a job's acceptance and its end, for a person to judge whether they explain its failure. */
const faultsDuring = ({ acceptedAtMs }: AcceptedJob, ended: JobView, faults: FaultWindow[]): string => {
  const during = faults.filter(
    ({ fromMs, untilMs }) => untilMs >= acceptedAtMs && fromMs <= Date.parse(ended.finished_at!),
  );
  return during.map(describeFault).join(", ") || "no fault";
};

/** Where a job's acceptance lies among the faults, since the next one may be what lost it. */
const describeAcceptance = ({ acceptedAtMs }: AcceptedJob, faults: FaultWindow[]): string => {
  const next = faults.find(({ untilMs }) => untilMs >= acceptedAtMs);
  if (!next) return "accepted after all faults";
  const aheadMs = next.fromMs - acceptedAtMs;
  return `accepted ${aheadMs > 0 ? `${aheadMs} ms before` : "during"}: ${describeFault(next)}`;
};

/**
 * What a history shows, as far as it can be told from outside.
 *
 * @param ends by job, how BullMQ ended it
 */
export const checkHistory = (history: History, ends: Ends): Verdict => {
  const verdict: Verdict = {
    accepted: history.accepted.size,
    succeeded: 0,
    canceled: 0,
    expired: 0,
    failed: {},
    lost: [],
    doubled: [],
    wrong: [],
    unexpectedFailures: [],
    endsUnseen: 0,
  };
  for (const accepted of history.accepted.values()) {
    const name = describeJob(accepted);
    const double = findDouble(accepted, ends);
    if (double) verdict.doubled.push(`${name} ${double}`);
    const loss = findLoss(accepted);
    if (loss) {
      verdict.lost.push(`${name} ${loss}; ${describeAcceptance(accepted, history.faults)}`);
      continue;
    }
    const ended = JSON.parse(accepted.last!.text) as JobWithResult;
    const wrong = findWrong(accepted, ended);
    if (wrong) verdict.wrong.push(`${name} ${wrong}`);
    const isEndedByBull = ended.status === "succeeded" || ended.status === "failed";
    if (isEndedByBull && !ends.has(accepted.id)) verdict.endsUnseen += 1;
    if (ended.status !== "failed") {
      verdict[ended.status as "succeeded" | "canceled" | "expired"] += 1;
      continue;
    }
    const code = ended.error!.code;
    verdict.failed[code] = (verdict.failed[code] ?? 0) + 1;
    if (!isItsOwnFailure(accepted, ended)) {
      const during = faultsDuring(accepted, ended, history.faults);
      verdict.unexpectedFailures.push(
        `${name} ${describeOutcome(ended)}, attempts ${ended.attempts}; during: ${during}`,
      );
    }
  }
  for (const [index, ids] of history.listed) {
    if (ids.length > 1) verdict.doubled.push(`job ${index} was made ${ids.length} times: ${ids.join(", ")}`);
  }
  for (const accepted of history.accepted.values()) {
    const listed = history.listed.get(accepted.job.index);
    if (!listed?.includes(accepted.id)) verdict.lost.push(`${describeJob(accepted)} is not listed`);
  }
  // A submission that was not answered with 202 may have been taken nevertheless, and must not end twice either.
  for (const [id, events] of ends) {
    if (events.length > 1 && !history.accepted.has(id)) {
      verdict.doubled.push(`${id} (not accepted) ended ${events.length} times: ${events.join(", ")}`);
    }
  }
  return verdict;
};
