import { setMaxListeners } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { checkHistory, type Verdict } from "./check-history.ts";
import { checkWebhooks, type WebhookVerdict } from "./check-webhooks.ts";
import { describeFault, scheduleFaults } from "./fault-schedule.ts";
import { generateLoad } from "./generate-load.ts";
import { History } from "./history.ts";
import { inflictFaults } from "./inflict-faults.ts";
import { observeEvents } from "./observe-events.ts";
import { type ProcessFigures, readProcessFigures } from "./process-figures.ts";
import { followJobs, listAll, readAllAgain } from "./read-jobs.ts";
import { KEY_PREFIX, type SoakSystem, startSoakSystem } from "./soak-system.ts";

export interface SoakOptions {
  /** How long there are load and faults; the end of the jobs comes on top. */
  durationMs: number;
  /** Determines the jobs and the faults. */
  seed: number;
  say: (line: string) => void;
  /** Ends the run early, by a rejection. */
  signal?: AbortSignal;
}

export interface SoakReport extends Verdict, WebhookVerdict {
  /** Submissions without an answer, each made again. */
  unanswered: number;
  slowestSubmissionMs: number;
  /** By problem, how often submissions were refused. */
  refusals: [problem: string, count: number][];
  /** What nothing in the schedule of faults explains, such as a process that ended by itself, and how often it came. */
  surprises: [what: string, count: number][];
  figuresAtStart: ProcessFigures[];
  figuresAtEnd: ProcessFigures[];
}

/** How much longer than its load a run may take in all. */
export const OVERTIME_MS = 180_000;

const END_LIMIT_MS = 120_000;
const WARM_UP_MS = 3_000;
/** After the last end, for a second one that should not come. */
const AFTERMATH_MS = 5_000;
const PROGRESS_MS = 30_000;

/** Webhooks are sent again for as long as one of a dead worker is not missed, and a little longer. */
const TOLD_LIMIT_MS = 60_000;
const TOLD_LOOK_MS = 500;

const waitUntilTold = async ({ taken }: SoakSystem, history: History, signal: AbortSignal): Promise<void> => {
  const untilMs = performance.now() + TOLD_LIMIT_MS;
  const isTold = () => checkWebhooks(history, taken).untold.length === 0;
  while (!isTold() && performance.now() < untilMs) await delay(TOLD_LOOK_MS, undefined, { signal });
};

const soak = async (
  system: SoakSystem,
  history: History,
  { durationMs, seed, say, signal }: Required<SoakOptions>,
): Promise<SoakReport> => {
  const keepers = [...system.apis, ...system.workers];
  await system.ready();
  const observer = observeEvents(system.redis.url, KEY_PREFIX);
  const progress = setInterval(() => say(`  ${history.accepted.size} accepted`), PROGRESS_MS);
  try {
    let endsBy = Number.POSITIVE_INFINITY;
    const isOver = (unended: number) =>
      performance.now() > endsBy || (endsBy < Number.POSITIVE_INFINITY && unended === 0);
    const following = followJobs(system, history, isOver, signal);
    const working = Promise.all([
      delay(WARM_UP_MS, undefined, { signal }).then(() => readProcessFigures(keepers)),
      generateLoad({ system, history, seed, durationMs, signal }),
      inflictFaults(system, history, scheduleFaults(seed, durationMs), signal),
    ]);
    await Promise.race([working, following]);
    const [figuresAtStart] = await working;
    await system.ready();
    endsBy = performance.now() + END_LIMIT_MS;
    await following;
    await waitUntilTold(system, history, signal);

    await delay(AFTERMATH_MS, undefined, { signal });
    await readAllAgain(system, history, signal);
    await listAll(system, history, signal);
    await observer.stop();
    return {
      ...checkHistory(history, observer.ends),
      ...checkWebhooks(history, system.taken),
      unanswered: history.unanswered,
      slowestSubmissionMs: Math.round(history.slowestSubmissionMs),
      refusals: [...history.refusals],
      surprises: [...history.surprises],
      figuresAtStart,
      figuresAtEnd: readProcessFigures(keepers),
    };
  } finally {
    clearInterval(progress);
    observer.close();
  }
};

/**
 * Runs two APIs and two workers on a Redis of their own under steady load, does faults to them, and holds what became of
 * the jobs against what was promised. Leaves nothing behind.
 *
 * @throws when it was stopped, when it took too long, or when the system did not start
 */
export const runSoak = async (options: SoakOptions): Promise<SoakReport> => {
  const { durationMs, seed, say } = options;
  const limit = AbortSignal.timeout(durationMs + OVERTIME_MS);
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, limit, ...(options.signal ? [options.signal] : [])]);
  setMaxListeners(0, signal);
  const plan = scheduleFaults(seed, durationMs).map(
    (fault) => `${(fault.atMs / 1_000).toFixed(1)} s ${describeFault(fault)}`,
  );
  say(`soak: ${durationMs / 1_000} s, seed ${seed}; faults: ${plan.join(" · ")}`);

  const history = new History();
  const dir = await mkdtemp(join(tmpdir(), "semblance-soak-"));
  let system: SoakSystem | undefined;
  try {
    system = await startSoakSystem(dir, signal, (what) => history.surprise(what));
    return await soak(system, history, { durationMs, seed, say, signal });
  } finally {
    // After a failure others may still be at work.
    over.abort();
    await system?.stop();
    await rm(dir, { recursive: true, force: true });
  }
};
