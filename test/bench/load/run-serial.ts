import { setTimeout as delay } from "node:timers/promises";
import { type CallAnswer, call } from "./call.ts";
import type { SerialLoad, SerialReport } from "./loads.ts";

const POLL_PAUSE_MS = 1;
/** No measure of speed. */
const JOB_LIMIT_MS = 20_000;

const requireStatus = (expected: number, { status, body }: CallAnswer) => {
  if (status !== expected) throw new Error(`${status} ${body}`);
  return JSON.parse(body.toString()) as { id: string; result?: object | null };
};

export const runSerial = async ({ url, body, jobs, isPolled }: SerialLoad): Promise<SerialReport> => {
  const report: SerialReport = { tookMs: [], polls: 0 };
  const bytes = Buffer.from(body);
  const waitForResult = async (id: string) => {
    const untilMs = performance.now() + JOB_LIMIT_MS;
    for (;;) {
      report.polls += 1;
      // A job may be done with its result yet to come: BullMQ's guide reads them one after the other.
      if (requireStatus(200, await call(`${url}/v1/jobs/${id}`)).result) return;
      if (performance.now() > untilMs) throw new Error(`no result within ${JOB_LIMIT_MS} ms`);
      await delay(POLL_PAUSE_MS);
    }
  };
  for (let index = 0; index < jobs; index += 1) {
    const startedAtMs = performance.now();
    const { id } = requireStatus(202, await call(`${url}/v1/jobs`, bytes));
    if (isPolled) await waitForResult(id);
    report.tookMs.push(performance.now() - startedAtMs);
  }
  return report;
};
