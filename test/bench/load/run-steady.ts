import { setTimeout as delay } from "node:timers/promises";
import { call } from "./call.ts";
import { count } from "./counts.ts";
import { describeRefusal } from "./describe-refusal.ts";
import type { SteadyLoad, SteadyReport } from "./loads.ts";

const HEALTH_PAUSE_MS = 20;

export const runSteady = async ({ url, body, perSecond, seconds }: SteadyLoad): Promise<SteadyReport> => {
  const report: SteadyReport = { accepted: 0, refused: {}, healthMs: [] };
  const bytes = Buffer.from(body);
  let isOver = false;
  const askHealth = async () => {
    while (!isOver) {
      const startedAtMs = performance.now();
      await call(`${url}/healthz`);
      report.healthMs.push(performance.now() - startedAtMs);
      await delay(HEALTH_PAUSE_MS);
    }
  };
  const submit = async () => {
    const answer = await call(`${url}/v1/jobs`, bytes);
    if (answer.status === 202) report.accepted += 1;
    else count(report.refused, describeRefusal(answer));
  };
  const asking = askHealth();
  const submissions: Promise<void>[] = [];
  const startedAtMs = performance.now();
  for (let index = 0; index < perSecond * seconds; index += 1) {
    await delay(Math.max(0, startedAtMs + (index * 1_000) / perSecond - performance.now()));
    submissions.push(submit());
  }
  await Promise.all(submissions);
  isOver = true;
  await asking;
  return report;
};
