/**
 * Random faults under steady load: threads, processes and Redis fail one after another while jobs come in; at the end every
 * accepted job must have ended once, with the right outcome.
 *
 * node test/soak/soak.ts [--minutes 5] [--seconds N] [--seed N]
 */
import { parseArgs } from "node:util";
import { onStopRequest } from "../../scripts/system/on-stop-request.ts";
import { describeReport } from "./describe-report.ts";
import { OVERTIME_MS, runSoak } from "./run-soak.ts";

const CLOSING_LIMIT_MS = 30_000;
const SEED_MAX = 2 ** 31;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seconds: { type: "string" },
    seed: { type: "string", default: String(Math.floor(Math.random() * SEED_MAX)) },
  },
});
const durationS = Number(values.seconds ?? Number(values.minutes) * 60);
const seed = Number(values.seed);
if (!(durationS > 0) || !Number.isSafeInteger(seed)) {
  console.error("soak: --minutes and --seconds are above 0, --seed is a whole number");
  process.exit(2);
}

const stopRequested = new AbortController();
onStopRequest((name) => stopRequested.abort(new Error(`stopped by ${name}`)));

// Whatever hangs: the children end when this process does.
setTimeout(
  () => {
    console.error("soak: FAILED: it did not come to its end");
    process.exit(1);
  },
  durationS * 1_000 + OVERTIME_MS + CLOSING_LIMIT_MS,
).unref();

const say = (line: string) => console.log(line);
const reproduce = `node test/soak/soak.ts --seconds ${durationS} --seed ${seed}`;
try {
  const report = await runSoak({ durationMs: durationS * 1_000, seed, say, signal: stopRequested.signal });
  for (const line of describeReport(report)) say(line);
  const { lost, doubled, wrong, untold, mistold } = report;
  const isSound = [lost, doubled, wrong, untold, mistold].every((findings) => findings.length === 0);
  say(`soak: ${isSound ? "passed" : "FAILED"}; once more: ${reproduce}`);
  process.exit(isSound ? 0 : 1);
} catch (error) {
  const cause = stopRequested.signal.aborted ? (stopRequested.signal.reason as Error) : (error as Error);
  say(`soak: FAILED: ${cause.message}; once more: ${reproduce}`);
  process.exit(stopRequested.signal.aborted ? 130 : 1);
}
