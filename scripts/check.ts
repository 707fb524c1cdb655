import { addCounts, type Counts, describeCounts } from "./check/counts.ts";
import { runCommand } from "./check/run-command.ts";
import { runTests } from "./check/run-tests.ts";
import { type Step, staticSteps } from "./check/steps.ts";

const say = (line: string) => process.stdout.write(`${line}\n`);

let isInterrupted = false;
// What runs gets the same Ctrl-C and ends by itself; this process stays to say how far it came.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    isInterrupted = true;
  });
}

const timed = async (heading: string, run: () => Promise<Counts>): Promise<Counts> => {
  say(`\n── ${heading} ──`);
  const startedMs = performance.now();
  const counts = isInterrupted ? { passed: 0, failed: 1, skipped: 0 } : await run();
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  say(`${heading}: ${counts.failed === 0 ? "passed" : "FAILED"} in ${seconds} s`);
  return counts;
};

const runStep = async ({ commands }: Step): Promise<Counts> => {
  let failed = 0;
  for (const command of commands) if (!(await runCommand(command))) failed = 1;
  return { passed: 1 - failed, failed, skipped: 0 };
};

// Arguments are for Vitest, from someone who is after certain tests.
const vitestArgs = process.argv.slice(2);
let total: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const step of vitestArgs.length === 0 ? staticSteps : []) {
  total = addCounts(total, await timed(step.heading, () => runStep(step)));
}
total = addCounts(total, await timed("Tests", () => runTests(vitestArgs)));

say(`\n${describeCounts(total)}`);
process.exit(total.failed === 0 ? 0 : 1);
