import { expect, test } from "vitest";
import { describeReport } from "./describe-report.ts";
import { runSoak } from "./run-soak.ts";

const SEED = 1;
const DURATION_MS = 60_000;

test("under load, with threads, processes and Redis failing at random, every accepted job ends once and right", {
  timeout: 360_000,
}, async () => {
  const report = await runSoak({ durationMs: DURATION_MS, seed: SEED, say: console.log });
  console.log(describeReport(report).join("\n"));
  expect(report.accepted).toBeGreaterThan(0);
  expect(report).toMatchObject({ lost: [], doubled: [], wrong: [], endsUnseen: 0, untold: [], mistold: [] });
});
